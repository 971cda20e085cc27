/** On one letter. No script has nearly as many, and putting them in order takes as long as their number squared. */
const CROWD_OF_MARKS = /(?:^|\P{M})\p{M}{31}/u

/** Text with its accents in one form (NFC), so that the same letters are the same; as it is where marks are piled up endlessly. */
export const composeText = (text: string): string => (CROWD_OF_MARKS.test(text) ? text : text.normalize('NFC'))
