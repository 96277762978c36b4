import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldSays, isClosedHost, isPrivateField, readableAddress } from './private-places.ts'

const field = (given: Partial<FieldSays>): FieldSays => ({ type: 'text', autocomplete: '', name: '', id: '', ...given })

test('passwords, payment and one-time codes are told by type, autofill and name, however a page writes them', () => {
  for (const says of [
    { type: 'password' },
    { type: 'tel' },
    { type: 'number' },
    { type: 'hidden' },
    { autocomplete: 'current-password' },
    { autocomplete: 'section-shop billing cc-number' },
    { autocomplete: 'CC-CSC' },
    { autocomplete: 'one-time-code' },
    { name: 'userPassword' },
    { name: 'user[password]' },
    { id: 'login_passwd' },
    { name: 'pwd' },
    { name: 'cardNumber' },
    { name: 'card-number' },
    { id: 'creditCardNo' },
    { name: 'cc_number' },
    { name: 'cvv2' },
    { name: 'payment.sortCode' },
    { id: 'accountNumber' },
    { name: 'iban' },
    { name: 'PIN' },
    { name: 'verification_code' },
    { type: null, name: 'password-notes' },
  ])
    assert.equal(isPrivateField(field(says)), true, JSON.stringify(says))
})
test('a field for words is read, also one whose name only looks like a secret', () => {
  for (const says of [
    {},
    { type: 'search', name: 'q' },
    { name: 'pinterest-search' },
    { name: 'postcard' },
    { name: 'discard-reason' },
    { name: 'compass' },
    { name: 'spinner' },
    { name: 'caliban' },
    { type: null, id: 'card-composer' },
    { type: null, name: 'message' },
    { autocomplete: 'off' },
  ])
    assert.equal(isPrivateField(field(says)), false, JSON.stringify(says))
})
test('helplines, health portals and payment sites are closed with all beneath them, and what only looks like one is not', () => {
  for (const host of ['www.nhs.uk', 'access.login.nhs.uk', 'childline.org.uk', 'www.paypal.com', 'js.stripe.com'])
    assert.equal(isClosedHost(host), true, host)
  for (const host of ['', 'uk', 'notnhs.uk', 'nhs.uk.example', 'childline.org.uk.evil.example', 'google.com'])
    assert.equal(isClosedHost(host), false, host)
})

const tab = { url: 'https://school.example/essay', incognito: false }
test('what comes from a page is looked at under the address that the browser names', () => {
  assert.equal(
    readableAddress({ url: 'https://docs.example/a?b', origin: 'https://docs.example', tab }),
    'https://docs.example/a?b',
  )
  // A frame without an address of its own belongs to the page that made it.
  assert.equal(readableAddress({ url: 'about:blank', origin: 'https://docs.example', tab }), 'https://docs.example/')
})
test('nothing is looked at in a private window, outside a tab, on a closed site, or in any frame of one', () => {
  const url = 'https://docs.example/'
  for (const sender of [
    { url, tab: { ...tab, incognito: true } },
    { url },
    { url: 'https://www.nhs.uk/', tab: { ...tab, url: 'https://www.nhs.uk/' } },
    // A form of somebody else's on a page of the NHS, and a payment on a shop's.
    { url, tab: { ...tab, url: 'https://111.nhs.uk/triage' } },
    { url: 'https://js.stripe.com/card', tab },
    { url: 'about:blank', origin: 'https://www.childline.org.uk', tab },
    { url: 'about:blank', origin: 'null', tab },
    { url: 'file:///home/diary.txt', tab },
  ])
    assert.equal(readableAddress(sender), null, JSON.stringify(sender))
})
