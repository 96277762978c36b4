/**
 * The configuration that makes a school's own Squid (5.7 and newer) carry out the rules: text, with a comment for each
 * decision, so that a technician can read what was decided and why before starting it. Pure; `conf-main.ts` writes it.
 *
 * `explicit`: browsers are told of the proxy, and of https it sees the host that they ask for. `peek`: it also reads the
 * name in the TLS hello and ends what is not open, in case the two differ. `bump`: it reads https too, with the school's
 * own authority in the browsers' stores, where the policy says so.
 */

export const modes = ['explicit', 'peek', 'bump'] as const
export type Mode = (typeof modes)[number]

export interface SquidConf {
  readonly mode: Mode
  /** Folder for everything of this Squid's, absolute. */
  readonly folder: string
  /** `host:port` to listen on. */
  readonly listen: string
  /** User that Squid becomes when root starts it; null where it stays who it is. */
  readonly user: string | null
  /** Command and words that start our programs, such as `node … helper-main.ts`. */
  readonly helper: readonly string[]
  /** Null where nobody can be asked who they are. */
  readonly authenticator: readonly string[] | null
  /** Where the product's pages are, no final slash. */
  readonly blockPageBase: string
  /** `host:port` of places on private addresses that may be visited all the same. */
  readonly allowPrivate: readonly string[]
  /** For `bump`: hosts to bump, with what lies beneath them; empty for all but those of never-bump.txt. */
  readonly bumpHosts: readonly string[]
  /** Seconds that Squid remembers a verdict, 0 … 5. */
  readonly ttl: number
  /** Ports that may be asked for with CONNECT, and any. */
  readonly connectPorts: readonly number[]
  readonly httpPorts: readonly number[]
}

/** Longer would keep a rule from counting within five seconds of its change. */
export const longestTtl = 5

/** Ranges that the embedded proxy refuses too (RFC 6890 and its kin): a school's own machines are nobody's web site. */
const inside = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24',
  '192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3',
  // Squid keeps IPv4 addresses within ::/8, so that this cannot be named as a whole.
  '::1/128 64:ff9b::/32 100::/8 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/2 8000::/1',
]

/** Hosts of YouTube that obey the header of restricted mode (support.google.com/a/answer/6214622). */
const youtube = 'www.youtube.com m.youtube.com youtubei.googleapis.com youtube.googleapis.com www.youtube-nocookie.com'

export function squidConf(conf: SquidConf): string {
  const { mode, folder, authenticator } = conf
  const sections = [
    head(conf),
    place(conf),
    port(conf),
    ...(authenticator ? [signIn(authenticator)] : []),
    questions(conf),
    access(conf),
    ...(mode === 'explicit' ? [] : [tls(conf)]),
    ...(mode === 'bump' ? [safety] : []),
    log(folder),
    `# What only this site needs, such as a parent proxy. It is read last, so nothing in it can open what is closed above.
include ${folder}/local.conf`,
  ]
  return `${sections.join('\n\n')}\n`
}

const head = ({
  mode,
  folder,
}: SquidConf): string => `# Written by: gatehouse filter squid-conf --mode ${mode} --out ${folder}
# Write it again rather than change it here; what is your own belongs in local.conf beside it.
# Check it with: squid -k parse -f ${folder}/squid.conf
# Start it with: squid -f ${folder}/squid.conf`

const place = ({
  folder,
  user,
}: SquidConf): string => `# --- Where it lives: nothing is shared with another Squid on this machine.
pid_filename ${folder}/run/squid.pid
cache_log ${folder}/log/cache.log
coredump_dir ${folder}/run
${user === null ? '# Started by an ordinary user, it stays that user.' : `cache_effective_user ${user}`}
visible_hostname gatehouse
# Nothing is cached: a page that is closed now must not come out of a cache.
cache deny all
cache_mem 8 MB
netdb_filename none
pinger_enable off
shutdown_lifetime 1 seconds
# An open tunnel cannot be cut when a rule changes (docs/filtering-coverage.md): this is how long one can last.
client_lifetime 60 minutes`

function port({ mode, folder, listen }: SquidConf): string {
  if (mode === 'explicit') return `# --- Where browsers find it\nhttp_port ${listen}`
  return `# --- Where browsers find it. The certificate is only shown for what is bumped${mode === 'peek' ? ', which here is nothing' : ''}.
http_port ${listen} ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=4MB tls-cert=${folder}/ca/ca.pem tls-key=${folder}/ca/ca.key
sslcrtd_program /usr/lib/squid/security_file_certgen -s ${folder}/run/certificates -M 4MB
sslcrtd_children 2 startup=1 idle=1`
}

const signIn = (
  program: readonly string[],
): string => `# --- Who it is: the people and proxy passwords of the school's register
auth_param basic program ${program.join(' ')}
auth_param basic children 2 startup=1 idle=1 concurrency=50
# Wrong guesses are counted by client, so that one classroom's do not shut out the next.
auth_param basic key_extras "%>a"
auth_param basic realm School internet
auth_param basic credentialsttl 1 minute
auth_param basic casesensitive off
acl signed_in proxy_auth REQUIRED`

function questions({ mode, helper, authenticator, ttl }: SquidConf): string {
  const type = (name: string, format: string): string =>
    `external_acl_type ${name} concurrency=50 children-startup=1 children-idle=1 children-max=1 queue-size=5000 ttl=${ttl} negative_ttl=${ttl} cache=50000 ${format} ${helper.join(' ')}`
  const sni = `
# The same for the name in the TLS hello, which need not be the one that was asked for.
${type('gatehouse_sni', authenticator ? '%>a %ssl::>sni %un' : '%>a %ssl::>sni')}
acl open_by_name external gatehouse_sni`
  return `# --- What is open to whom: one process answers. A verdict is remembered for ${ttl} s, so a change counts within that time.
# Whatever goes wrong with it leaves the acl unmatched, and what is not matched is closed.
${type('gatehouse', authenticator ? '%SRC %URI %LOGIN' : '%SRC %URI')}
acl open external gatehouse${mode === 'explicit' ? '' : sni}`
}

function access({ blockPageBase, allowPrivate, authenticator, connectPorts, httpPorts }: SquidConf): string {
  const base = new URL(blockPageBase)
  const basePort = base.port || (base.protocol === 'https:' ? '443' : '80')
  const opened = allowPrivate.map((text, index) => {
    const at = text.lastIndexOf(':')
    const host = text.slice(0, at).replace(/^\[(.*)\]$/, '$1')
    return `acl inside_host_${index} dstdomain -n ${host}\nacl inside_port_${index} port ${text.slice(at + 1)}`
  })
  const unless = allowPrivate.map(
    (_, index) => `acl opened_inside_${index} all-of inside_host_${index} inside_port_${index}`,
  )
  const names = allowPrivate.map((_, index) => `opened_inside_${index}`)
  return `# --- Who may open what. The first line that fits decides.
acl connect method CONNECT
acl web_ports port ${[...new Set([...httpPorts, ...connectPorts])].join(' ')}
acl tunnel_ports port ${connectPorts.join(' ')}
acl pages_host dstdomain -n ${base.hostname.replace(/^\[(.*)\]$/, '$1')}
acl pages_port port ${basePort}
${inside.map(ranges => `acl inside dst ${ranges}`).join('\n')}
${[...opened, ...unless].join('\n')}
${names.length > 0 ? `acl opened_inside any-of ${names.join(' ')}` : ''}
# Gatehouse's own pages tell people why something is closed, also those who cannot sign in.
http_access allow pages_host pages_port
http_access deny manager
${names.length > 0 ? 'http_access deny !web_ports !opened_inside\nhttp_access deny connect !tunnel_ports !opened_inside' : 'http_access deny !web_ports\nhttp_access deny connect !tunnel_ports'}
${authenticator ? 'http_access deny !signed_in\n' : ''}# The school's rules. Where a page can be shown, the answer leads to the one that says why.
deny_info 302:${blockPageBase}/blocked?host=%H&category=@Squid{%et} open
http_access deny !open
# The school's own machines are no web sites. Judged by address, because a name may lead anywhere.
http_access deny inside${names.length > 0 ? ' !opened_inside' : ''}
http_access allow all`.replace(/\n{2,}/g, '\n')
}

function tls({ mode, folder, bumpHosts }: SquidConf): string {
  const first = `# --- https
acl hello at_step SslBump1
ssl_bump peek hello`
  if (mode === 'peek') {
    return `${first}
# No page can be shown inside somebody else's TLS: what is closed is ended.
ssl_bump terminate !open_by_name
ssl_bump splice all`
  }
  const which =
    bumpHosts.length > 0
      ? `acl bumped ssl::server_name ${bumpHosts.map(host => `.${host.replace(/^\.+/, '')}`).join(' ')}
ssl_bump bump bumped
ssl_bump terminate !open_by_name
ssl_bump splice all`
      : `# Never read, such as banks, health and counselling: one host a line, with a dot in front for what lies beneath.
acl never_bumped ssl::server_name "${folder}/never-bump.txt"
ssl_bump terminate never_bumped !open_by_name
ssl_bump splice never_bumped
ssl_bump bump all`
  return `${first}
# What is bumped is asked about again, page by page, and the page that says why can be shown.
${which}`
}

const safety = `# --- Restricted mode of YouTube, by the header that it obeys. Safe search is forced by name: gatehouse filter unbound-conf.
acl youtube dstdomain ${youtube}
request_header_access YouTube-Restrict deny youtube
request_header_add YouTube-Restrict "Strict" youtube
# The privacy that a page would have on its own.
forwarded_for delete
via off`

const log = (
  folder: string,
): string => `# --- The log: Squid's own, with the category that the helper gave at the end. Queries are never written down.
strip_query_terms on
logformat gatehouse %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt %et
access_log stdio:${folder}/log/access.log gatehouse
# gatehouse filter squid-log reads it as it grows, over any rotation.
logfile_rotate 7`
