import type { CellLevel, Technology } from '@gatehouse/engine'

/** The words of the technology table (Policy A, section 9). */
export const technologyNames: Readonly<Record<Technology, string>> = {
  'phones-in-school': 'Mobile phones brought to school',
  'phones-in-lessons': 'Mobile phones in lessons',
  'phones-in-social-time': 'Mobile phones in social time',
  cameras: 'Photos on phones or cameras',
  tablets: 'Tablets, gaming and other mobile devices',
  'personal-mail': 'Personal email in school or on its network',
  'school-mail-personal': 'School email for personal messages',
  messaging: 'Messaging apps',
  'social-media': 'Social media',
  blogs: 'Blogs',
}
export const levelNames: Readonly<Record<CellLevel, string>> = {
  allowed: 'Allowed',
  'certain-times': 'At certain times',
  'selected-people': 'For selected people',
  'with-permission': 'With permission',
  'not-allowed': 'Not allowed',
}
export const sideNames = { staff: 'Staff', pupils: 'Pupils' } as const
