import { shippedMatrix, shippedTimes } from './matrix.ts'
import type { Action, Category, GroupRules, RuleSet } from './types.ts'

/**
 * What each group gets until the school decides otherwise. Stricter where in doubt: opening something takes two people
 * in the product, and the default must be fit for the youngest of each group. Staff and governors are asked for by the
 * matrix as staff, pupils as pupils; it says nothing of guests and of personal devices, so their categories decide.
 */

/** Blocked for everybody, staff and guests included: unlawful, harmful to children near by, or a danger to the network. */
const harmful = {
  pornography: 'block',
  adult: 'block',
  dating: 'block',
  gambling: 'block',
  piracy: 'block',
  drugs: 'block',
  violence: 'block',
  hate: 'block',
  extremism: 'block',
  selfharm: 'block',
  eating: 'block',
  misogyny: 'block',
  fraud: 'block',
  phishing: 'block',
  malware: 'block',
  hacking: 'block',
  vpn: 'block',
  proxy: 'block',
  doh: 'block',
  tor: 'block',
  'dynamic-dns': 'block',
} as const satisfies Partial<Record<Category, Action>>

/** Blocked for pupils as well: made for adults, or a place where strangers or unchecked files come in. */
const notForPupils = {
  social: 'block',
  chat: 'block',
  forums: 'block',
  webmail: 'block',
  filesharing: 'block',
  downloads: 'block',
  'alcohol-tobacco': 'block',
  weapons: 'block',
  'remote-control': 'block',
  'ai-chat': 'block',
  shortener: 'block',
  translation: 'block',
  crypto: 'block',
  ads: 'block',
} as const satisfies Partial<Record<Category, Action>>

/** What adults at work are reminded of rather than kept from. */
const adultsAtWork = {
  games: 'warn',
  social: 'warn',
  chat: 'warn',
  forums: 'allow',
  video: 'allow',
  webmail: 'warn',
  filesharing: 'warn',
  downloads: 'warn',
  'alcohol-tobacco': 'warn',
  weapons: 'warn',
  'remote-control': 'warn',
  'ai-chat': 'warn',
  shortener: 'allow',
  translation: 'allow',
  crypto: 'warn',
  ads: 'allow',
  search: 'allow',
} as const satisfies Partial<Record<Category, Action>>

export const shippedGroups: readonly GroupRules[] = [
  {
    id: 'infants',
    name: 'Infants',
    audience: 'young-child',
    // Search pages and videos are reached through the sites that the school opens for a lesson.
    categories: { ...harmful, ...notForPupils, games: 'block', video: 'block', search: 'block' },
    unlisted: 'block',
    sourcesNeeded: 1,
    side: 'pupils',
    isUnder13: true,
  },
  {
    id: 'juniors',
    name: 'Juniors',
    audience: 'child',
    categories: { ...harmful, ...notForPupils, games: 'block', video: 'block', search: 'allow' },
    unlisted: 'allow',
    sourcesNeeded: 1,
    side: 'pupils',
    isUnder13: true,
  },
  {
    id: 'secondary',
    name: 'Secondary years',
    audience: 'child',
    categories: {
      ...harmful,
      ...notForPupils,
      games: 'block',
      video: 'allow',
      search: 'allow',
      translation: 'allow',
      shortener: 'warn',
    },
    unlisted: 'allow',
    sourcesNeeded: 2,
    side: 'pupils',
  },
  {
    id: 'sixth-form',
    name: 'Sixth form',
    audience: 'adult',
    categories: {
      ...harmful,
      ...notForPupils,
      games: 'block',
      video: 'allow',
      forums: 'allow',
      webmail: 'warn',
      filesharing: 'warn',
      'ai-chat': 'warn',
      shortener: 'warn',
      translation: 'allow',
      search: 'allow',
    },
    unlisted: 'allow',
    sourcesNeeded: 2,
    side: 'pupils',
  },
  {
    id: 'staff',
    name: 'Staff',
    audience: 'adult',
    categories: { ...harmful, ...adultsAtWork },
    unlisted: 'allow',
    sourcesNeeded: 2,
    side: 'staff',
  },
  {
    id: 'governors',
    name: 'Governors',
    audience: 'adult',
    categories: { ...harmful, ...adultsAtWork },
    unlisted: 'allow',
    sourcesNeeded: 2,
    side: 'staff',
  },
  {
    id: 'guests',
    name: 'Guests',
    audience: 'adult',
    categories: {
      ...harmful,
      ...adultsAtWork,
      games: 'block',
      social: 'block',
      chat: 'block',
      filesharing: 'block',
      downloads: 'block',
      weapons: 'block',
      'remote-control': 'block',
      crypto: 'block',
    },
    unlisted: 'allow',
    sourcesNeeded: 1,
  },
  {
    id: 'personal-devices',
    name: 'Personal devices',
    // Whose device it is may not be known: worded, and closed, as for a pupil.
    audience: 'child',
    categories: { ...harmful, ...notForPupils, games: 'block', video: 'block', search: 'allow' },
    unlisted: 'allow',
    sourcesNeeded: 1,
  },
]

/** The rules of a school that has changed nothing, its illegal slot empty. */
export const shippedRules = (): RuleSet => ({
  version: 0,
  groups: shippedGroups,
  hostRules: [],
  matrix: shippedMatrix,
  times: shippedTimes,
  illegal: { source: 'empty', hosts: [] },
})
