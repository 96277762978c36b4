export * from './bank-holidays.ts'
export * from './calendar.ts'
export * from './filter/index.ts'
