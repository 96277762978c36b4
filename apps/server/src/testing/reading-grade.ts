/**
 * Flesch-Kincaid grade (Kincaid and others, 1975): a reading age of nine is about grade 4. Syllables are counted as
 * groups of vowels without a silent e; numbers, addresses and names in capitals count as one.
 */
export function readingGrade(text: string): number {
  const sentences = text.split(/[.!?]+(?:\s|$)/).filter(Boolean).length
  const words = text.split(/\s+/).map(word => word.replace(/[^A-Za-z]/g, ''))
  const spoken = words.filter(Boolean)
  const syllables = spoken.map(word =>
    word === word.toUpperCase()
      ? 1
      : Math.max(
          1,
          (
            word
              .toLowerCase()
              .replace(/e$/, '')
              .match(/[aeiouy]+/g) ?? []
          ).length,
        ),
  )
  const total = syllables.reduce((sum, each) => sum + each, 0)
  return 0.39 * (spoken.length / sentences) + 11.8 * (total / spoken.length) - 15.59
}
