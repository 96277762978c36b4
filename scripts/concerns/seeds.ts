/** A line that was written for training or trying: a concern or `none`, and the text. */
export interface SeedLine {
  readonly label: string
  readonly text: string
}

/** The lines of `label TAB text`; `#` begins a remark. */
export const seedLines = (text: string): SeedLine[] =>
  text.split('\n').flatMap(row => {
    const [label, line] = row.split('\t')
    return label && !label.startsWith('#') && line !== undefined ? [{ label, text: line }] : []
  })
