/** What the page says last: what became of the app and of what it kept. */
export type Farewell = { sentences: string[] }

const DAY_MS = 86_400_000

export const farewell = ({ told, keptMs }: { told: boolean; keptMs: number }): Farewell => ({
  sentences: [
    'The keys of your other systems are erased, and nothing is sent any more.',
    keptMs > 0
      ? `Everything else is kept for ${days(keptMs)}: install Causeway again by then and enter the keys, and it goes on as before. After that it is deleted.`
      : 'Everything that was stored is being deleted now.',
    ...(told
      ? []
      : [
          'Your account could not be told, so Causeway is still listed among its installed apps. Remove it there: open the app marketplace, go to the installed apps and uninstall Causeway.',
        ]),
  ],
})

export const days = (ms: number): string => (ms === DAY_MS ? '1 day' : `${Math.round(ms / DAY_MS)} days`)
