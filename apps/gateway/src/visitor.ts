/** On whose behalf a request is made: a person of the register, or a network where nobody can be asked. */
import type { BundlePerson, BundlePlace, BundleSchool } from '@gatehouse/engine/bundle'
import { askedWith } from '@gatehouse/engine/filter/asker'
import type { FilterRequest } from '@gatehouse/engine/filter/types'
import { isChildOf, type Member } from './people-directory.ts'

/** How it is known: by name and password, by a device that stands for a person, or by the network alone. */
export type KnownBy = 'password' | 'device' | 'network'

export interface Visitor {
  readonly school: BundleSchool
  /** Null where the network's own group counts, because nobody can be asked. */
  readonly person: BundlePerson | null
  readonly groups: readonly string[]
  /** True unless every group of theirs is known and for adults: who is not known to be grown up is a child. */
  readonly isChild: boolean
  readonly by: KnownBy
  /** The device's address, in one spelling. */
  readonly address: string
  /** Id of the school's network that the address lies in, if any. */
  readonly place: string | undefined
  /** What the engine is told of them, whatever they ask for. */
  readonly asked: Omit<FilterRequest, 'url' | 'kind' | 'at'>
  /** Stands for them where a permission is kept: the person, or the one device. */
  readonly key: string
}

export function visitorOf(
  { school, person, isChild }: Member,
  by: 'password' | 'device',
  address: string,
  place: BundlePlace | undefined,
): Visitor {
  return {
    school,
    person,
    groups: person.groups,
    isChild,
    by,
    address,
    place: place?.id,
    asked: {
      groups: person.groups,
      personId: person.id,
      ...askedWith(person),
      ...(place ? { place: place.id } : {}),
    },
    key: person.id,
  }
}

/** @param place undefined for a question about a group that comes from no network */
export function visitorOfGroup(
  school: BundleSchool,
  group: string,
  address: string,
  place: BundlePlace | undefined,
): Visitor {
  const groups = [group]
  return {
    school,
    person: null,
    groups,
    isChild: isChildOf(school, groups),
    by: 'network',
    address,
    place: place?.id,
    asked: { groups, ...(place ? { place: place.id } : {}) },
    key: `at ${address}`,
  }
}
