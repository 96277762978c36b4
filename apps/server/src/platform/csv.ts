/*
 * Files for spreadsheets (RFC 4180). A spreadsheet takes a cell that begins with one of these for a formula, which can
 * send what stands beside it to an address (OWASP, CSV injection); an apostrophe before it makes it words again.
 */
const formula = /^[\s\p{Cf}\p{Cc}]*[=+\-@＝＋－＠]|^[\t\r\n]/u

/** One cell: always quoted, never a formula. */
export const csvCell = (text: string): string => `"${(formula.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
