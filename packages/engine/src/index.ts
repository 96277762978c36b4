export * from './bank-holidays.ts'
export * from './calendar.ts'
