/**
 * The configuration that makes a school's own Unbound (1.17 and newer) carry out the rules for names, by network: text, with
 * a comment for each decision. Pure; `unbound-main.ts` writes it.
 */

export interface UnboundGroup {
  readonly group: string
  /** CIDR. */
  readonly networks: readonly string[]
}

export interface UnboundConf {
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly format: 'rpz' | 'local-zone'
  readonly groups: readonly UnboundGroup[]
  /** User that Unbound becomes when root starts it; '' where it stays who it is. */
  readonly user: string
  /** False where Unbound's Python module is not there: then nothing takes the key for encrypted client hello out. */
  readonly stripsEch: boolean
}

export function unboundConf(conf: UnboundConf): string {
  const { folder, host, port, format, groups, user, stripsEch } = conf
  const networks = [...new Set(groups.flatMap(group => group.networks))]
  const modules = [...(stripsEch ? ['python'] : []), 'respip', 'validator', 'iterator']
  return `# Written by: gatehouse filter unbound-conf --format ${format} --out ${folder}
# Write it again when the rules change, or the hour does; what is your own belongs in local.conf beside it.
# Check it with: unbound-checkconf ${folder}/unbound.conf
# Start it with: unbound -c ${folder}/unbound.conf

server:
    # Where it lives: nothing is shared with another Unbound on this machine.
    directory: "${folder}"
    chroot: ""
    username: "${user}"
    pidfile: "${folder}/run/unbound.pid"
    interface: ${host}@${port}
    # Who may ask: the networks that the school has named, and nobody else.
${['0.0.0.0/0', '127.0.0.0/8', '::0/0', '::1/128']
  .filter(network => !networks.includes(network))
  .map(network => `    access-control: ${network} refuse`)
  .join('\n')}
${networks.map(network => `    access-control: ${network} allow`).join('\n')}
    # Who asked for what, for: gatehouse activity import ${folder}/log/unbound.log
    use-syslog: no
    logfile: "${folder}/log/unbound.log"
    log-time-ascii: no
    log-queries: yes
    log-local-actions: yes
    # No answer outlives a change of rules by more than a minute.
    cache-max-ttl: 60
    cache-max-negative-ttl: 60
    # ${stripsEch ? 'Python takes the key for encrypted client hello out of answers, or browsers could hide the name from the proxy.' : 'NOT DONE HERE: the key for encrypted client hello stays in answers, because this Unbound has no Python module.'}
    module-config: "${modules.join(' ')}"
${format === 'rpz' ? rpzServer(groups) : '    # What each network may not look up, and safe search'}
${format === 'rpz' ? rpzZones(folder, groups) : `include: "${folder}/zones/local-zones.conf"`}
${stripsEch ? `\npython:\n    python-script: "${folder}/strip-ech.py"\n` : ''}
remote-control:
    control-enable: no

# What only this site needs, such as where to forward to.
include: "${folder}/local.conf"
`
}

const rpzServer = (groups: readonly UnboundGroup[]): string =>
  `    # Which rules count where
    define-tag: "${groups.map(({ group }) => group).join(' ')}"
${groups.flatMap(({ group, networks }) => networks.map(network => `    access-control-tag: ${network} "${group}"`)).join('\n')}`

const rpzZones = (folder: string, groups: readonly UnboundGroup[]): string =>
  groups
    .map(
      ({ group }) => `
rpz:
    name: ${group}.rpz
    zonefile: "${folder}/zones/${group}.rpz"
    tags: "${group}"
    rpz-log: yes
    rpz-log-name: "${group}"`,
    )
    .join('\n')
