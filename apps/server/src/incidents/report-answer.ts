import type { HelpAudience } from './data/help-lines.ts'
import type { Guidance } from './report.ts'
import type { Receipt } from './report-receive.ts'

/** What the person who reported reads at once, in a child's words or an adult's. Pure. */

const sentences: Readonly<Record<Guidance, Readonly<Record<HelpAudience, string>>>> = {
  'call-999': {
    child: 'Call 999 now if you have not done it yet. It is free.',
    adult: 'Call 999 now if nobody has. This report does not reach the police.',
  },
  'do-not-look': {
    child: 'Do not look again. Do not show it or send it to anyone. You are not in trouble.',
    adult:
      'Stop. Do not look, copy, save, forward or print. Leave the device as it is, and let nobody use it until the safeguarding lead has called you.',
  },
  'do-not-reply': {
    child: 'Do not write back. Block the person if you can.',
    adult: 'Do not reply to it. Blocking the sender is fine.',
  },
  'keep-it': {
    child: 'Keep the message, so that a grown-up can see it.',
    adult: 'Keep the message; do not delete it.',
  },
  'leave-device': {
    child: 'Stop, and leave the computer as it is.',
    adult: 'Stop using the device, leave it switched on, and take it off the network if you know how.',
  },
  'change-password': {
    child: 'Tell a teacher, so that you get a new password today.',
    adult: 'Change the password now, everywhere you use it.',
  },
}
export const guidanceSentences = (guidance: readonly Guidance[], audience: HelpAudience): string[] =>
  guidance.map(each => sentences[each][audience])

/** What happens next, in order. */
export function nextSentences(
  { kind, outsideAdvice }: Pick<Receipt, 'kind' | 'outsideAdvice'>,
  audience: HelpAudience,
  reached: boolean,
): string[] {
  if (!reached) {
    return [
      audience === 'child'
        ? 'You named everyone here who reads these. So please tell someone outside school too: call Childline on 0800 1111.'
        : 'You named everybody at the school who could receive this. It is kept, and you should take it outside the school: call the NSPCC on 0808 800 5000, or the council’s designated officer (LADO).',
    ]
  }
  const first =
    audience === 'child'
      ? 'A grown-up at school whose job this is reads it in the next day.'
      : kind === 'unsolicited-mail'
        ? 'It joins the junk mail of today, which a person looks at within 24 hours.'
        : kind === 'data-complaint'
          ? 'The data protection officer acknowledges it within 30 days, and without undue delay does what it takes to answer it.'
          : 'A named person reads it, and takes it within 24 hours. It becomes a case with an owner.'
  return [
    first,
    audience === 'child'
      ? 'They do what keeps children safe. Nobody it is about gets to see it.'
      : 'Nobody whom it is about, and no duty-holder whom you named, gets to see it.',
    ...(outsideAdvice
      ? [
          audience === 'child'
            ? 'You can also talk to someone outside school. Childline is on 0800 1111.'
            : 'You may also ask somebody outside the school: the council’s designated officer (LADO), or the NSPCC on 0808 800 5000.',
        ]
      : []),
  ]
}
