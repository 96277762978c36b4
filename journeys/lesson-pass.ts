import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { londonDate, londonTime } from '@gatehouse/engine/calendar'
import { follow } from './running-school.ts'

/* A pass for a lesson on its pages: asked for by a teacher, opened by somebody else. */

/** Fills in what the lesson is about and that it begins now. @returns when it ends: at a whole minute, so long from now at least. */
export async function fillInLesson(page: Page, atLeastMs: number): Promise<number> {
  await page.getByLabel('Topic').fill('The opium wars')
  await page.getByLabel('Why is it needed?').fill('The class reads a source from 1842 and asks who gained by the trade')
  const now = new Date()
  const endsAt = Math.ceil((now.getTime() + atLeastMs) / 60_000) * 60_000
  assert.equal(londonDate(now), londonDate(new Date(endsAt)), 'this journey is not made at midnight')
  await page.getByLabel('From', { exact: true }).fill(londonTime(now))
  await page.getByLabel('Until', { exact: true }).fill(londonTime(new Date(endsAt)))
  return endsAt
}

/** Sends the form. @returns the address of the pass, which whoever asked cannot decide. */
export async function sendPass(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Send' }).click()
  await page.waitForURL(/\/internet\/passes\/[0-9a-f-]{36}/)
  assert.equal(await page.getByRole('button', { name: 'Decide' }).count(), 0)
  return page.url()
}

/** Opens the pass that the page shows. */
export async function openPass(page: Page): Promise<void> {
  const passUrl = page.url()
  await page.getByLabel('Open it').check()
  await page.getByLabel('Your reason').fill('A source for year 5 history; looked at it myself')
  await follow(page, page.getByRole('button', { name: 'Decide' }))
  await page.waitForURL(passUrl)
}
