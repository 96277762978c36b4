/*
 * The illegal-content path: what is done, in order, and what is not offered at all. Looking, copying, sending on, keeping
 * and deleting are missing on purpose: possessing or making an indecent image of a child is an offence whatever the reason.
 * Steps after SWGfL’s response flow and the UKCIS advice on nudes and semi-nudes (March 2024).
 */

export const suspicions = [
  'illegal-images',
  'intimate-image-shared',
  'terrorist-content',
  'other-illegal-content',
] as const
export type Suspicion = (typeof suspicions)[number]
export const suspicionNames: Record<Suspicion, string> = {
  'illegal-images': 'Indecent images of children',
  'intimate-image-shared': 'A nude or intimate image of a child, AI images included',
  'terrorist-content': 'Terrorist material',
  'other-illegal-content': 'Other material that may be illegal',
}

export const illegalSteps = ['stopped', 'isolated', 'dsl-told', 'police-told', 'iwf-told', 'police-advice'] as const
export type IllegalStep = (typeof illegalSteps)[number]
export const stepTexts: Record<IllegalStep, { text: string; hint: string; needs: 'time' | 'reference' }> = {
  stopped: {
    text: 'Everybody stopped looking',
    hint: 'Nobody opens, copies, photographs, prints or forwards anything.',
    needs: 'time',
  },
  isolated: {
    text: 'The device is set apart',
    hint: 'Leave it as it is: do not switch it on or off, do not let anybody use it, keep it locked away. Say where it is and who touched it.',
    needs: 'time',
  },
  'dsl-told': { text: 'The safeguarding lead knows', hint: 'Told in person or by telephone.', needs: 'time' },
  'police-told': {
    text: 'The police know',
    hint: '101, or 999 if somebody is in danger. Keep the log number.',
    needs: 'reference',
  },
  'iwf-told': {
    text: 'The web address was reported',
    hint: 'To the Internet Watch Foundation (images) or the Counter Terrorism Internet Referral Unit (terrorism). Never open the address to check it.',
    needs: 'reference',
  },
  'police-advice': {
    text: 'The police said what happens next',
    hint: 'With the device, with evidence, and with whom to tell.',
    needs: 'time',
  },
}

/** The steps that this path needs; the address is reported only where there is one. */
export const stepsNeeded = (path: { readonly hasAddress: boolean }): IllegalStep[] =>
  illegalSteps.filter(step => step !== 'police-advice' && (step !== 'iwf-told' || path.hasAddress))
export const stepsLeft = (path: { readonly hasAddress: boolean; readonly done: readonly string[] }): IllegalStep[] =>
  stepsNeeded(path).filter(step => !path.done.includes(step))

/**
 * An address that can be read and copied by hand and that no program takes for one: `hxxps[:]//bad[.]example/x`.
 * Lossless for a person, and never a link: no scheme, no dot, no at-sign and no slash pair stands unbroken.
 */
export const defanged = (address: string): string =>
  address
    .replace(/^\s*h(t)(t)p/i, 'hxxp')
    .replace(/^\s*f(t)p/i, 'fxp')
    .replaceAll('://', '[:]//')
    .replaceAll('.', '[.]')
    .replaceAll('@', '[at]')
