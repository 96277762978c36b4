import assert from 'node:assert/strict'
import { openGatewayKeys } from '../filtering/gateway-keys.ts'
import { newId } from '../platform/identifiers.ts'
import type { TestSchool } from './test-school.ts'

/** Sends a segment of the web log as the gateway does. What a line does not say is of an ordinary page that a junior opened just now. */
export async function sendLog(
  { app, schoolId, url, now }: TestSchool,
  lines: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const answer = await fetch(`${url}/gateway/activity`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${openGatewayKeys(app.keys).bearer}`,
      'content-type': 'application/x-ndjson',
      'x-segment': newId(),
    },
    body: lines
      .map(line =>
        JSON.stringify({
          v: 1,
          id: newId(),
          at: now().toISOString(),
          school: schoolId,
          groups: ['juniors'],
          kind: 'page',
          method: 'GET',
          host: 'rivers.example',
          path: '/',
          category: 'none',
          verdict: 'allow',
          rule: 'group:juniors:unlisted',
          continued: false,
          ...line,
        }),
      )
      .join('\n'),
  })
  assert.equal(answer.status, 204)
}
