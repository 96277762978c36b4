/** The extension's manifest (Manifest V3). `key` is its public key, base64, which fixes its id. */
export const manifest = (version: string, key: string, updateUrl: string) => ({
  manifest_version: 3,
  name: 'Gatehouse',
  description: 'Keeps the school’s internet rules on this device, at school and at home.',
  version,
  key,
  update_url: updateUrl,
  minimum_chrome_version: '137',
  background: { service_worker: 'background.js', type: 'module' },
  content_scripts: [
    {
      matches: ['http://*/*', 'https://*/*'],
      js: ['content.js'],
      all_frames: true,
      // Not `document_idle`: such a script holds up the page's load event, from the end of the document until it has run.
      run_at: 'document_start',
      match_about_blank: true,
    },
  ],
  permissions: [
    'webRequest',
    'webRequestBlocking',
    'declarativeNetRequest',
    'storage',
    'alarms',
    'identity',
    'identity.email',
    'unlimitedStorage',
  ],
  host_permissions: ['<all_urls>'],
  incognito: 'spanning',
  storage: { managed_schema: 'managed-schema.json' },
  declarative_net_request: { rule_resources: [{ id: 'safe-search', enabled: true, path: 'safe-search.json' }] },
  action: { default_popup: 'pages/my-data.html', default_title: 'Gatehouse' },
  web_accessible_resources: [{ resources: ['pages/*'], matches: ['<all_urls>'] }],
  content_security_policy: {
    extension_pages: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src *",
  },
})

export const managedSchema = {
  type: 'object',
  properties: {
    server: { type: 'string', description: 'The address of the school’s Gatehouse' },
    deviceKey: { type: 'string', description: 'The key of this device, shown when it was enrolled' },
    publicKey: { type: 'string', description: 'The public key by which rules are checked' },
    place: { type: 'string', description: 'The network that the device stands for' },
    user: { type: 'string', description: 'The user, where the browser profile has no school account' },
  },
}
