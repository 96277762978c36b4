import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ActivityEvent, activityLine, type Visit } from './activity-event.ts'
import type { Decision } from './judge.ts'
import { visitorOfGroup } from './visitor.ts'

const school = {
  id: 'oak',
  name: 'Oak "Primary"',
  rules: { version: 1, groups: [], hostRules: [], illegal: { source: 'empty' as const, hosts: [] } },
  people: [],
  places: [],
  devices: [],
}
const visitor = visitorOfGroup(school, 'gue"sts\\', '10.0.0.1', { id: 'hall\n', name: '', subnets: [], group: null })
const anyText = fc.string({ unit: 'binary', maxLength: 1500 })
const decisionOf = (more: Partial<Decision> = {}): Decision => ({
  verdict: 'block',
  category: 'games',
  rule: 'search:s1',
  reason: '',
  host: '',
  continued: false,
  ...more,
})

describe('A line of the activity log', () => {
  it('is one line of JSON with the fields as they were, cut to their length, whatever is in them', () => {
    fc.assert(
      fc.property(
        anyText,
        anyText,
        anyText,
        anyText,
        anyText,
        fc.nat(65_535),
        (method, host, path, rule, searched, port) => {
          const visit: Visit = { kind: 'page', method, host, port, path, searched, referrer: 'http://A.example/secret' }
          const decision = decisionOf({ rule: `search:${rule}` })
          const { id, line } = activityLine(visitor, visit, decision, 1_800_000_000_000)
          assert.equal(line.indexOf('\n'), line.length - 1)
          const event: ActivityEvent = JSON.parse(line)
          const clean = (value: string, most: number) =>
            value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd').slice(0, most)
          const term = clean(searched, 200).toWellFormed()
          assert.deepEqual(event, {
            v: 1,
            id,
            at: '2027-01-15T08:00:00.000Z',
            school: 'oak',
            personId: null,
            by: 'network',
            address: '10.0.0.1',
            place: 'hall\n',
            groups: ['gue"sts\\'],
            kind: 'page',
            method: clean(method, 32),
            host: clean(host, 253),
            port,
            path: clean(path, 1000),
            category: 'games',
            verdict: 'block',
            rule: clean(`search:${rule}`, 200),
            continued: false,
            referrerHost: 'a.example',
            ...(term === '' ? {} : { term }),
          })
        },
      ),
    )
  })

  it('has neither the term nor the page that led there when nothing was stopped, nor a term without a search rule', () => {
    const visit: Visit = {
      kind: 'page',
      method: 'GET',
      host: 'a.example',
      port: 80,
      path: '/',
      searched: 'secret',
      referrer: 'http://secret.example/',
    }
    const allowed = activityLine(visitor, visit, decisionOf({ verdict: 'allow' }), 0).line
    assert.ok(!allowed.includes('secret'))
    const other = activityLine(visitor, visit, decisionOf({ rule: 'host:r1' }), 0).line
    assert.equal(JSON.parse(other).term, undefined)
  })
})
