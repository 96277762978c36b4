import { createTransport } from 'nodemailer'

/** Sends one message by the configured server. @throws {MailFailure} that says why in words without any address. */
export interface Mailer {
  send(message: { readonly to: string; readonly subject: string; readonly text: string }): Promise<void>
  close(): void
}

/** Why a message could not be sent: a code, never an address or what the server wrote, since that may hold a name. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure'
}

const timeoutMs = 10_000

/** @param smtpUrl `smtp://user:password@host:port` or `smtps://…`. @param from the sender's address. */
export function createMailer(smtpUrl: string, from: string): Mailer {
  const transport = createTransport(smtpUrl, { from })
  return {
    async send({ to, subject, text }) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new MailFailure('the mail server did not answer in time')), 3 * timeoutMs)
      })
      try {
        await Promise.race([
          transport.sendMail({ to, subject, text, from, headers: { 'Auto-Submitted': 'auto-generated' } }),
          late,
        ])
      } catch (error) {
        throw error instanceof MailFailure ? error : new MailFailure(reason(error), { cause: error })
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => transport.close(),
  }
}

function reason(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'the mail server failed'
  if ('responseCode' in error && typeof error.responseCode === 'number')
    return `the mail server refused it (code ${error.responseCode})`
  const code =
    'code' in error && typeof error.code === 'string' && /^[A-Z]{2,20}$/.test(error.code) ? error.code : 'unknown'
  if (code === 'ECONNREFUSED' || code === 'ESOCKET' || code === 'ECONNECTION' || code === 'EDNS')
    return 'the mail server cannot be reached'
  return code === 'ETIMEDOUT'
    ? 'the mail server did not answer in time'
    : code === 'EAUTH'
      ? 'the mail server refused the sign-in'
      : `the mail server failed (${code})`
}
