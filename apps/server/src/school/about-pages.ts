import { get, type Page, view } from '../platform/page.ts'

/** What the foot of every page leads to. Open to everybody. */
export const aboutPages: readonly Page<unknown>[] = [
  get('/about/privacy', { access: 'public' }, async () =>
    view('school/privacy', { title: 'What Gatehouse keeps about you' }),
  ),
  get('/about/accessibility', { access: 'public' }, async () =>
    view('school/accessibility', { title: 'Accessibility' }),
  ),
]
