import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { arrive, follow } from './running-school.ts'

/*
 * A change of the filter on its pages, as people make one: proposed with its replay, decided by somebody else, taken back.
 */

/** Fills in the change form to block a site for the juniors, sees the replay, and sends it. @returns what the replay said. */
export async function proposeToBlock(page: Page, site: string, reason: string): Promise<string> {
  await page.getByLabel('Which site?').fill(site)
  await page.getByLabel('Block it').check()
  await page.getByLabel('Juniors').check()
  await page.getByLabel('Why is it needed?').fill(reason)
  await page.getByLabel('Day').fill('22')
  await page.getByLabel('Month').fill('3')
  await page.getByLabel('Year', { exact: true }).fill('2027')
  await page.locator('main form button[type="submit"]').last().click()
  // What it would have done to the requests of the last days comes first; then it is sent.
  await page.waitForURL(/\/internet\/proposals\//)
  await arrive(page, /.+/)
  assert.match(await page.locator('main').innerText(), /Not sent yet/)
  const replay = page.getByRole('region', { name: 'What it would have done' })
  while (await replay.getByRole('status').count()) {
    await page.waitForTimeout(200)
    await page.reload()
  }
  const said = await replay.innerText()
  await page.getByRole('button', { name: 'Send it for approval' }).click()
  await page.waitForURL(/\/internet\/changes\/[0-9a-f-]{36}/)
  await arrive(page, /.+/)
  assert.match(await page.locator('main').innerText(), /somebody else must decide/)
  assert.equal(await page.getByRole('button', { name: 'Decide' }).count(), 0)
  return said
}

/** Decides the change that the page shows. */
export async function approve(page: Page, reason: string): Promise<void> {
  await page.getByLabel('Approve it').check()
  await page.getByLabel('Your reason').fill(reason)
  await follow(page, page.getByRole('button', { name: 'Decide' }))
}

/** Waits for what was seen through the filter as somebody of the group, and sees that it is as decided. */
export async function seenFromTheirSide(page: Page, changeUrl: string, said: () => string): Promise<void> {
  const deadline = Date.now() + 40_000
  for (;;) {
    await page.goto(changeUrl)
    if (/What was seen|Asked for/.test(await page.locator('main').innerText())) break
    assert.ok(Date.now() < deadline, `no proof came: ${said()}`)
    await page.waitForTimeout(500)
  }
  await arrive(page, /.+/)
  assert.match(await page.locator('main').innerText(), /Passed|Proved|As it should/i)
}

/** Proposes to take back the change; somebody else decides that too. @returns the address of what is proposed. */
export async function proposeToTakeBack(page: Page, changeUrl: string, reason: string): Promise<string> {
  await page.goto(changeUrl)
  await page.getByLabel('Why should it be taken back?').fill(reason)
  await page.getByRole('button', { name: 'Propose to take it back' }).click()
  await page.waitForURL(url => url.href !== changeUrl)
  assert.equal(await page.getByRole('button', { name: 'Decide' }).count(), 0)
  return page.url()
}
