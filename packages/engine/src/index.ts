export * from './calendar.ts'
export * from './filter/index.ts'
