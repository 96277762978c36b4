import type { LookupFunction } from 'node:net'
import type { ResolvedAddress } from './address-guard.ts'

/**
 * A name resolution for one connection that knows only the addresses that were checked, so that a name cannot lead
 * somewhere else the second time it is asked for (DNS rebinding). Never asks the network.
 */
export const checkedLookup =
  (addresses: readonly ResolvedAddress[]): LookupFunction =>
  (_host, options, done) => {
    const wanted = addresses.filter(
      ({ family }) => options.family === family || ![4, 6].includes(Number(options.family)),
    )
    const first = wanted[0]
    if (!first) done(Object.assign(new Error('No checked address of that family'), { code: 'ENOTFOUND' }), '', 0)
    else if (options.all) done(null, [...wanted])
    else done(null, first.address, first.family)
  }
