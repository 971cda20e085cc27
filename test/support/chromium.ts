import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findReachablePlace } from '../../src/db/embedded-place.ts'
import { ourselves } from '../../src/db/embedded-user.ts'

export type Chromium = { program: string; env: Record<string, string> }

/** The Chromium of the @sparticuz/chromium package, unpacked once per version and user. */
export async function findChromium(): Promise<Chromium> {
  const folder = join(findReachablePlace(ourselves()), `chromium-${process.arch}-${await installedVersion()}`)
  if (!existsSync(folder)) await unpackInto(folder)
  return { program: join(folder, 'chromium'), env: environmentIn(folder) }
}

async function installedVersion(): Promise<string> {
  const path = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'))
  const manifest: { version: string } = JSON.parse(await readFile(path, 'utf8'))
  return manifest.version
}

/** Complete at once or not at all, since test files start side by side. */
async function unpackInto(folder: string): Promise<void> {
  const draft = `${folder}-${randomUUID()}`
  try {
    await mkdir(draft)
    const script = fileURLToPath(new URL('./unpack-chromium.ts', import.meta.url))
    await promisify(execFile)(process.execPath, [script], { env: { TMPDIR: draft } })
    await writeFile(join(draft, 'fonts.conf'), fontsIn(folder))
    await rename(draft, folder).catch((error) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Open Sans comes with the package and has Hebrew, so that pages look alike on a machine without any fonts. */
const fontsIn = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`

/** The package's own libraries come last: they are for machines that have none. */
const environmentIn = (folder: string): Record<string, string> => ({
  HOME: folder,
  FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  LD_LIBRARY_PATH: [...LIBRARIES, join(folder, 'al2023/lib')].join(':'),
})

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
