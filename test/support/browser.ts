import { chromium, type Page } from 'playwright-core'
import { findChromium } from './chromium.ts'

export type Browser = {
  /** Pages of one browser share their cookies. */
  newPage(size?: { width: number; height: number }): Promise<Page>
  close(): Promise<void>
}

export type BrowserOptions = { blockThirdPartyCookies?: boolean }

/** A real Chromium with an empty profile that reaches this machine only. */
export async function openBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const { program, env } = await findChromium()
  const browser = await chromium.launch({
    executablePath: program,
    env,
    args: options.blockThirdPartyCookies ? [...FLAGS, BLOCK_THIRD_PARTY_COOKIES] : FLAGS,
  })
  const context = await browser.newContext()
  return {
    newPage: async (size = { width: 1280, height: 800 }) => {
      const page = await context.newPage()
      await page.setViewportSize(size)
      return page
    },
    close: () => browser.close(),
  }
}

/**
 * As Chrome does it for people who block them: in a frame of another site cookies are neither kept nor sent, except
 * those marked Partitioned, which belong to the pair of sites.
 */
const BLOCK_THIRD_PARTY_COOKIES = '--test-third-party-cookie-phaseout'

/** Playwright switches off the partitioning of storage; the last list counts, and ours does not. */
const DISABLED_FEATURES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
]

const FLAGS = [
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-sync',
  '--disable-component-update',
  '--disable-quic',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
  `--disable-features=${DISABLED_FEATURES.join(',')}`,
]
