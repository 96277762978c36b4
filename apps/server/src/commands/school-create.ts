import { parseArgs } from 'node:util'
import { temporaryPassword, usernameFrom } from '../people/account-rules.ts'
import { type Command, UsageError, withInstallation } from './command.ts'

export const schoolCreateCommand: Command = {
  name: 'school create',
  usage: 'school create NAME [--sample] [--headteacher "GIVEN FAMILY"]',
  does: 'makes a school, empty, with its headteacher, or with sample people and records',
  run: async (words, streams) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { sample: { type: 'boolean', default: false }, headteacher: { type: 'string' } },
      allowPositionals: true,
    })
    const name = positionals.join(' ').trim()
    if (name === '') throw new UsageError('expected a name, such as: gatehouse school create "Oak Hill Primary"')
    if (values.sample && values.headteacher !== undefined)
      throw new UsageError('a sample school brings its own headteacher: leave out --headteacher')
    const [givenName = '', ...rest] = (values.headteacher ?? '').trim().split(/\s+/)
    const familyName = rest.join(' ')
    if (values.headteacher !== undefined && familyName === '')
      throw new UsageError('expected a first and a last name, such as: --headteacher "Hana Whitfield"')
    return withInstallation(streams, async ({ app }) => {
      if (values.sample) {
        let said = ''
        const { schoolId } = await app.services.makeSample(name, step => {
          if (step !== said) streams.say(step)
          said = step
        })
        streams.out(schoolId)
        return 0
      }
      const first =
        values.headteacher === undefined
          ? undefined
          : {
              givenName,
              familyName,
              username: usernameFrom(givenName, familyName),
              password: temporaryPassword(),
              mustChange: true,
            }
      streams.out(await app.services.school.create(name, first))
      if (first)
        streams.say(
          `The headteacher signs in as ${first.username} with the password ${first.password}, once, and then chooses their own. It is not shown again.`,
        )
      else
        streams.say(
          'Nobody can sign in there yet. A school made with --headteacher "GIVEN FAMILY" has somebody who can.',
        )
      return 0
    })
  },
}
