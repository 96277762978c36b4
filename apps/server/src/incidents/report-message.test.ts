import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { campaignOf, readableText, readHeaders, senderDomain } from './report-message.ts'

const eml = (head: string, body = 'Hello') => Buffer.from(`${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`)

test('who sent a message, what about and when are read from its headers', () => {
  assert.deepEqual(
    readHeaders(
      eml(
        'Received: by x\nFrom: "A. Bully" <bully@mail.example>\nTo: class5@school.example\nSubject: You\nDate: Tue, 24 Nov 2026 08:00:00 +0000',
      ),
    ),
    {
      from: '"A. Bully" <bully@mail.example>',
      to: 'class5@school.example',
      subject: 'You',
      date: 'Tue, 24 Nov 2026 08:00:00 +0000',
    },
  )
})

test('folded and encoded headers read as their writer meant them', () => {
  assert.equal(
    readHeaders(eml('Subject: =?UTF-8?B?8J+YoSB5b3U=?=\n =?utf-8?q?_=C3=A9l=C3=A8ve?=')).subject,
    '😡 you élève',
  )
  assert.equal(readHeaders(eml('Subject: =?iso-8859-1?Q?caf=E9?=')).subject, 'café')
  assert.equal(readHeaders(eml('Subject: one\n\ttwo')).subject, 'one two')
})

test('a line of the body is not a header, and a header cannot smuggle a line or turn the text round', () => {
  assert.equal(readHeaders(eml('From: a@b.example', 'Subject: in the body')).subject, null)
  assert.equal(readHeaders(eml('Subject: =?utf-8?b?YQ0KQmNjOiBi?=')).subject, 'a Bcc: b')
  assert.equal(readHeaders(eml('Subject: a\u202Egnp.exe')).subject, 'a gnp.exe')
})

test('any bytes are read without a fault, and headers stay short', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), bytes => {
      const headers = readHeaders(Buffer.from(bytes))
      for (const value of Object.values(headers)) assert.ok(value === null || [...value].length <= 500)
      readableText(Buffer.from(bytes))
    }),
  )
  assert.equal(readHeaders(eml(`Subject: ${'x'.repeat(15_000)}`)).subject?.length, 500)
})

test('one campaign is known by its sender and its words, whatever numbers it carries', () => {
  const headers = (from: string, subject: string) => readHeaders(eml(`From: ${from}\nSubject: ${subject}`))
  assert.equal(
    campaignOf(headers('Prize <a1@win.example>', 'You won 1000!')),
    campaignOf(headers('b2@WIN.example', 'you won 5,000')),
  )
  assert.notEqual(campaignOf(headers('a@win.example', 'You won')), campaignOf(headers('a@school.example', 'You won')))
  assert.equal(senderDomain('nobody'), null)
})
