import { parseArgs } from 'node:util'
import { type Command, UsageError, withInstallation } from './command.ts'

export const schoolCreateCommand: Command = {
  name: 'school create',
  usage: 'school create NAME [--sample]',
  does: 'makes a school, empty or with sample people and records',
  run: async (words, streams) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { sample: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const name = positionals.join(' ').trim()
    if (name === '') throw new UsageError('expected a name, such as: gatehouse school create "Oak Hill Primary"')
    return withInstallation(streams, async ({ app }) => {
      let said = ''
      const id = values.sample
        ? (
            await app.services.makeSample(name, step => {
              if (step !== said) streams.say(step)
              said = step
            })
          ).schoolId
        : await app.services.school.create(name)
      streams.out(id)
      return 0
    })
  },
}
