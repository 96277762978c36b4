import { readFileSync } from 'node:fs'
import { z } from 'zod'

const file = z.strictObject({
  division: z.literal('england-and-wales'),
  /** Whole years, half-open: every bank holiday of England and Wales from `from` until the day before `until`. */
  from: z.iso.date(),
  until: z.iso.date(),
  source: z.string().min(1),
  /** When the dates were written down. */
  recordedOn: z.iso.date(),
  /** When a person last compared them with the source; null means that nobody has. */
  checkedOn: z.iso.date().nullable(),
  comment: z.string(),
  holidays: z.array(z.strictObject({ date: z.iso.date(), name: z.string().min(1) })).min(1),
})
export type BankHolidays = Readonly<z.infer<typeof file>>
export type BankHoliday = BankHolidays['holidays'][number]

/**
 * Bank holidays from untrusted JSON.
 * @throws {z.ZodError} for a wrong field. @throws {Error} for dates out of order, repeated, or outside the years stated.
 */
export function parseBankHolidays(json: unknown): BankHolidays {
  const parsed = file.parse(json)
  let last = ''
  for (const { date } of parsed.holidays) {
    if (date <= last) throw new Error(`Bank holiday ${date} is not after ${last}`)
    if (date < parsed.from || date >= parsed.until)
      throw new Error(`Bank holiday ${date} is outside the years of the file`)
    last = date
  }
  return parsed
}

const shipped = parseBankHolidays(
  JSON.parse(readFileSync(new URL('./england-bank-holidays.json', import.meta.url), 'utf8')),
)

/** The shipped bank holidays of England and Wales, in order of date. */
export const englandBankHolidayFile = (): BankHolidays => shipped
