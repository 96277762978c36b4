/*
 * Searching a device: who owns it decides whether there is a power at all. Education Act 1996 ss.550ZA–550ZC and the
 * Department for Education’s guidance on searching, screening and confiscation; clauses A-2-05 and A-2-06.
 */

export const owners = ['school', 'pupil', 'staff', 'visitor'] as const
export type DeviceOwner = (typeof owners)[number]
export const ownerNames: Record<DeviceOwner, string> = {
  school: 'The school',
  pupil: 'A pupil',
  staff: 'A member of staff, personally',
  visitor: 'A parent, visitor or somebody else',
}
/** null where a search may go on; otherwise why it stops here. */
export const whyNoPower = (owner: DeviceOwner): string | null =>
  owner === 'school' || owner === 'pupil'
    ? null
    : 'There is no power to search this device: it belongs neither to the school nor to a pupil. Stop here. If a crime is suspected, call the police; they decide.'

export const grounds = ['harm', 'disrupt', 'offence', 'damage', 'rule'] as const
export type Ground = (typeof grounds)[number]
export const groundNames: Record<Ground, string> = {
  harm: 'It was, or could be, used to harm somebody',
  disrupt: 'It was, or could be, used to disrupt teaching',
  offence: 'An offence is suspected',
  damage: 'Damage to property is suspected',
  rule: 'A published rule names it as something that may be searched for',
}

export type SearchStatus = 'held' | 'examined' | 'suspected-image' | 'returned' | 'police'
export const searchStatusNames: Record<SearchStatus, string> = {
  held: 'Held, not examined',
  examined: 'Examined',
  'suspected-image': 'Stop: an indecent image is suspected',
  returned: 'Returned',
  police: 'Handed to the police',
}
export const searchSteps = ['examine', 'erase', 'suspect-image', 'return', 'hand-over', 'tell-parents', 'move'] as const
export type SearchStep = (typeof searchSteps)[number]
export const searchStepNames: Record<SearchStep, string> = {
  examine: 'Examine data on the device',
  erase: 'Erase data, for a good reason',
  'suspect-image': 'An indecent image is suspected: stop',
  return: 'Return the device',
  'hand-over': 'Hand it to the police',
  'tell-parents': 'Parents were told',
  move: 'It was moved, or somebody else keeps it',
}

/**
 * What may be done next. Once an indecent image is suspected, examining, erasing and returning are gone for good and only
 * the police remain. Data that may be evidence of an offence is not erased: then too it goes to the police.
 */
export const searchMoves: Readonly<Record<SearchStatus, Partial<Record<SearchStep, SearchStatus>>>> = {
  held: {
    examine: 'examined',
    'suspect-image': 'suspected-image',
    return: 'returned',
    'hand-over': 'police',
    'tell-parents': 'held',
    move: 'held',
  },
  examined: {
    examine: 'examined',
    erase: 'examined',
    'suspect-image': 'suspected-image',
    return: 'returned',
    'hand-over': 'police',
    'tell-parents': 'examined',
    move: 'examined',
  },
  'suspected-image': { 'hand-over': 'police', 'tell-parents': 'suspected-image', move: 'suspected-image' },
  returned: { 'tell-parents': 'returned' },
  police: { 'tell-parents': 'police' },
}
export const nextSearchSteps = (status: SearchStatus, ground: Ground): SearchStep[] =>
  searchSteps.filter(step => searchMoves[status][step] !== undefined && !(step === 'erase' && ground === 'offence'))
