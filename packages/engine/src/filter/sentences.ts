import type { Action, Audience, Category } from './types.ts'

/**
 * The one sentence that a reader sees beside a verdict. Children's wording is for a reading age of nine and blames
 * nobody; where a page might have been sought in distress it points to an adult.
 */
export function reasonFor(outcome: {
  readonly verdict: Action
  readonly category: Category | 'none'
  readonly rule: string
  readonly audience: Audience
  /** For a row of the matrix: 'level|side|name of the window'. */
  readonly detail?: string
}): string {
  const { verdict, category, rule, audience, detail = '' } = outcome
  const isAdult = audience === 'adult'
  if (rule === 'malformed-address') {
    return isAdult
      ? 'This address is not written in a way that can be checked, so it is blocked.'
      : 'We could not read this address, so check how it is spelt.'
  }
  if (rule === 'no-group') {
    return isAdult
      ? 'The filter does not know who you are, so this site is blocked until you sign in.'
      : 'We do not know who you are yet, so please sign in first.'
  }
  if (rule === 'illegal') {
    return isAdult
      ? 'This site is blocked for everybody because it is listed for illegal content, and nobody can open it.'
      : 'This site is blocked for everybody, and you are not in trouble if you came here by mistake.'
  }
  if (rule.startsWith('host:')) return siteRuleSentence(verdict, isAdult)
  if (rule.startsWith('pass:')) {
    return isAdult
      ? 'This site is open to you for now, because the school has given a pass for it.'
      : 'This site is open for you for now, because your school has given a pass for it.'
  }
  if (rule.startsWith('lesson-only:')) {
    return isAdult
      ? 'Only the sites of this lesson are open to this class until the lesson ends.'
      : 'Only the sites for this lesson are open now, so ask your teacher if you need another one.'
  }
  if (rule.startsWith('age:')) {
    return isAdult
      ? 'This service has an age limit, and it is closed to everybody who is not known to be old enough.'
      : 'This site has an age limit, so it is closed for everybody who is too young for it.'
  }
  if (rule.startsWith('technology:')) return rowSentence(verdict, detail, isAdult)
  if (rule.startsWith('inside:')) return insideSentence(verdict, category, isAdult)
  if (rule.startsWith('lookalike:')) {
    if (verdict === 'warn')
      return 'Go on only if you know this site: its name is written to look like that of another one.'
    return isAdult
      ? 'This site is blocked because its name is written to look like that of another one.'
      : 'This site is closed because its name tries to look like the name of another site.'
  }
  if (rule.startsWith('search:') && verdict !== 'allow') return searchSentence(verdict, category, isAdult)
  if (rule.startsWith('file:') && verdict !== 'allow') {
    if (verdict === 'warn') {
      return isAdult
        ? 'Go on only if your work needs it: this file is a program or an archive of files.'
        : 'Stop and think before you go on, because this file could harm the computer.'
    }
    return isAdult
      ? 'This file is blocked for your group because it is a program or an archive of files.'
      : 'This file is closed because it could harm the computer.'
  }
  if (verdict === 'allow') return allowedSentence(category, isAdult)
  if (category === 'none' || category === 'unlisted') return unlistedSentence(verdict, audience)
  const why = because[category][isAdult ? 'adult' : 'child']
  if (verdict === 'warn') {
    return isAdult
      ? `Go on only if your work needs it: this site ${why}.`
      : `Stop and think before you go on, because this site ${why}.`
  }
  return isAdult ? `This site is blocked for your group because it ${why}.` : `This site is closed because it ${why}.`
}

function siteRuleSentence(verdict: Action, isAdult: boolean): string {
  if (verdict === 'allow')
    return isAdult ? 'The school has decided to open this site.' : 'Your school has opened this site for you.'
  return isAdult ? 'The school has decided to block this site.' : 'Your school has closed this site.'
}

/** `detail` is 'level|side|name of the window'. */
function rowSentence(verdict: Action, detail: string, isAdult: boolean): string {
  const [level = '', , window = ''] = detail.split('|')
  if (verdict === 'allow') {
    return isAdult ? 'This kind of site is open to you at this time.' : 'This kind of site is open for you now.'
  }
  if (level === 'certain-times') {
    // A window's name is the school's own: it may hold anything but an end of a sentence.
    const when = window.replace(/[.!?]+/g, '').trim()
    if (when === '')
      return isAdult ? 'This kind of site is open at certain times only.' : 'This kind of site is closed just now.'
    return isAdult
      ? `This kind of site is open only at these times: ${when}.`
      : `This kind of site opens at these times: ${when}.`
  }
  if (level === 'selected-people') {
    return isAdult
      ? 'This kind of site is open only to people whom the school has chosen.'
      : 'This kind of site is only for people whom the school has chosen.'
  }
  if (level === 'with-permission') {
    return isAdult
      ? 'This kind of site needs permission, and there is none for you at this time.'
      : 'This kind of site is closed unless a teacher has asked for it to be opened for you.'
  }
  return isAdult ? 'The school does not allow this kind of site.' : 'Your school does not allow this kind of site.'
}

function insideSentence(verdict: Action, category: Category | 'none', isAdult: boolean): string {
  const why =
    category === 'none' || category === 'unlisted' ? undefined : because[category][isAdult ? 'adult' : 'child']
  if (isAdult) {
    const what = why === undefined ? 'leads to another one that is not open to you' : `leads to one that ${why}`
    return verdict === 'warn'
      ? `Go on only if your work needs it: this page ${what}.`
      : `This page is blocked because it ${what}.`
  }
  if (verdict === 'warn') return 'Stop and think before you go on, because this page leads to another site.'
  return why === undefined
    ? 'This page is closed because it leads to a site that is not open for you.'
    : `This page is closed because it leads to a site that ${why}.`
}

/** Whoever searches for these may need help more than a reason. */
function searchSentence(verdict: Action, category: Category | 'none', isAdult: boolean): string {
  const isDistress = category === 'selfharm' || category === 'eating'
  if (isAdult) {
    if (verdict === 'warn')
      return 'Go on only if your work needs it: these words are on the list of searches to look at.'
    return isDistress
      ? 'This search is closed, and if it is about you there are people who will listen.'
      : 'This search is blocked because of the words in it.'
  }
  if (isDistress) return 'You are not in trouble, and an adult you trust will want to listen if you are sad or worried.'
  if (verdict === 'warn') return 'Stop and think before you go on, because of the words in this search.'
  return 'This search is closed because of the words in it, so try other words or ask a teacher.'
}

function allowedSentence(category: Category | 'none', isAdult: boolean): string {
  if (category === 'must-allow') {
    return isAdult
      ? 'This site is always open because it gives help or trusted information.'
      : 'This site is always open because it can help you.'
  }
  return isAdult ? 'This site is open to your group.' : 'This site is open for you.'
}

function unlistedSentence(verdict: Action, audience: Audience): string {
  if (audience === 'adult') {
    return verdict === 'warn'
      ? 'Go on only if you know this site: no list has sorted it yet.'
      : 'This site is blocked for your group because no list has sorted it yet.'
  }
  if (verdict === 'warn') return 'Stop and think before you go on, because nobody has checked this site yet.'
  return audience === 'young-child'
    ? 'Nobody at school has checked this site yet, so ask a grown-up if you need it.'
    : 'Nobody at school has checked this site yet, so ask a teacher if you need it.'
}

/** Ends 'This site is closed because it …' for a child, 'This site is blocked for your group because it …' for an adult. */
const because: Readonly<Record<Exclude<Category, 'unlisted'>, { readonly child: string; readonly adult: string }>> = {
  illegal: { child: 'is not allowed for anybody', adult: 'is listed for illegal content' },
  pornography: { child: 'is only for adults', adult: 'is listed as pornography' },
  adult: { child: 'is only for adults', adult: 'is listed as adult content' },
  dating: { child: 'is for adults who want to meet each other', adult: 'is listed as dating' },
  gambling: { child: 'is about betting money, which is only for adults', adult: 'is listed as gambling' },
  games: { child: 'is a games site', adult: 'is listed as games' },
  social: { child: 'is a social media site for older people', adult: 'is listed as social media' },
  chat: { child: 'lets strangers send you messages', adult: 'is listed as chat and messaging' },
  video: { child: 'shows videos that nobody at school has checked', adult: 'is listed as video and streaming' },
  forums: { child: 'shows messages from strangers', adult: 'is listed as a forum or blog' },
  webmail: { child: 'is for sending email that the school cannot keep safe', adult: 'is listed as personal webmail' },
  filesharing: { child: 'shares files that nobody has checked', adult: 'is listed as file sharing' },
  piracy: { child: 'gives away films, music or games without permission', adult: 'is listed as piracy' },
  downloads: { child: 'gives out programs that could harm the computer', adult: 'is listed as software downloads' },
  drugs: { child: 'is about drugs', adult: 'is listed as drugs' },
  'alcohol-tobacco': { child: 'is about alcohol, smoking or vaping', adult: 'is listed as alcohol, tobacco or vaping' },
  weapons: { child: 'is about weapons', adult: 'is listed as weapons or dangerous materials' },
  violence: { child: 'may show people being hurt', adult: 'is listed as violence or gore' },
  hate: { child: 'is cruel about people because of who they are', adult: 'is listed as hate' },
  extremism: { child: 'wants people to hate or hurt others', adult: 'is listed as extremism' },
  selfharm: {
    child: 'could upset you, and an adult you trust will want to listen',
    adult: 'is listed as promoting self-harm or suicide',
  },
  eating: {
    child: 'could make you feel bad, and an adult you trust will want to listen',
    adult: 'is listed as promoting eating disorders',
  },
  misogyny: { child: 'is cruel about girls and women', adult: 'is listed as misogyny' },
  fraud: { child: 'may try to trick you', adult: 'is listed as a scam' },
  phishing: { child: 'may try to steal your password', adult: 'is listed as phishing' },
  malware: { child: 'could harm the computer', adult: 'is listed as malware' },
  hacking: { child: 'is about breaking into computers', adult: 'is listed as hacking tools' },
  vpn: { child: "goes round the school's safety checks", adult: 'is listed as a VPN, which goes round the filter' },
  proxy: { child: "goes round the school's safety checks", adult: 'is listed as a proxy, which goes round the filter' },
  doh: {
    child: "goes round the school's safety checks",
    adult: 'is listed as encrypted DNS, which goes round the filter',
  },
  tor: { child: "goes round the school's safety checks", adult: 'is listed as Tor, which goes round the filter' },
  'remote-control': { child: 'lets somebody else use this computer', adult: 'is listed as remote control' },
  'ai-chat': { child: 'is a computer that chats, and it can be wrong or unkind', adult: 'is listed as AI chat' },
  shortener: { child: 'hides where a link really goes', adult: 'is listed as a link shortener' },
  'dynamic-dns': { child: 'is on a computer that nobody has checked', adult: 'is listed as dynamic DNS' },
  translation: { child: 'can show other pages inside it', adult: 'is listed as translation, which can show any page' },
  crypto: { child: 'is about computer money, which is only for adults', adult: 'is listed as cryptocurrency' },
  ads: { child: 'is only for adverts', adult: 'is listed as advertising and tracking' },
  search: { child: 'is a search page that nobody at school has made safe', adult: 'is listed as a search engine' },
  'must-allow': { child: 'can help you', adult: 'gives help or trusted information' },
}
