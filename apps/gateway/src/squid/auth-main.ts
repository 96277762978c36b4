/**
 * `gatehouse filter squid-auth`: Squid's Basic authenticator on standard input and output, for the proxy passwords that
 * the embedded proxy takes too. Lines `[channel] USER PASSWORD [CLIENT]`, percent-encoded; CLIENT by `key_extras "%>a"`,
 * so that one classroom's wrong guesses do not count against another's. Answers `[channel] OK` or `[channel] ERR`.
 */
import { createAnnouncer } from '../announcer.ts'
import { createProxyCredentials, type ProxyCredentials } from '../proxy-credentials.ts'
import { readQuestion } from './helper-protocol.ts'
import { openHelperRules } from './helper-rules.ts'
import { readHelperSettings } from './helper-settings.ts'
import { createLineFeed, type Line } from './line-feed.ts'

const lookAgainMs = 500

export async function main(words: readonly string[]): Promise<void> {
  const settings = readHelperSettings(words, process.env)
  if (!settings.ok) {
    console.error(`gatehouse filter squid-auth: ${settings.errors.join('; ')}`)
    process.exitCode = 2
    return
  }
  const announcer = createAnnouncer(line => console.error(`gatehouse filter squid-auth: ${line}`), Date.now)
  const rules = await openHelperRules(settings.value, announcer)
  const credentials = createProxyCredentials(() => rules.holder.people(), Date.now)
  const timer = setInterval(() => void rules.refresh(), lookAgainMs)
  const feed = createLineFeed()
  const working = new Set<Promise<void>>()
  process.stdout.on('error', () => process.exit(0))
  for await (const chunk of process.stdin) {
    for (const line of feed(chunk as Buffer)) {
      const work = answer(credentials, line).then(text => void process.stdout.write(text))
      working.add(work)
      void work.finally(() => working.delete(work))
    }
  }
  await Promise.all(working)
  clearInterval(timer)
}

/** Never rejects: what cannot be verified is not right. */
async function answer(credentials: ProxyCredentials, line: Line): Promise<string> {
  // The same fields, in the place of others: user, password, client.
  const asked = readQuestion(line)
  if (!asked) return 'BH message="The line asks nothing: expected [channel] USER PASSWORD [CLIENT]"\n'
  const { prefix, source: user, target: password, login: client } = asked
  const header = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  try {
    const found = await credentials.identify(header, client === '' ? 'unknown' : client, {})
    if (found.kind === 'known') return `${prefix}OK\n`
    return found.kind === 'wait' ? `${prefix}ERR message="Wait a little and try again"\n` : `${prefix}ERR\n`
  } catch {
    return `${prefix}BH message="The password could not be checked"\n`
  }
}
