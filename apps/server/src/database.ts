import type { AssuranceTables } from './assurance/assurance-tables.ts'
import type { PeopleTables } from './people/people-tables.ts'
import type { DutiesTables } from './duties/duties-tables.ts'
import type { CaseTables } from './incidents/incidents-tables.ts'
import type { PoliciesTables } from './policies/policies-tables.ts'
import type { BriefingTables } from './incidents/briefing-tables.ts'
import type { ReportTables } from './incidents/report-tables.ts'
import type { PlatformTables } from './platform/platform-tables.ts'
import type { ActivityTables } from './activity/activity-tables.ts'
import type { FilteringTables } from './filtering/filtering-tables.ts'
import type { MonitoringTables } from './monitoring/monitoring-tables.ts'
import type { ConcernRuleTables } from './monitoring/concern-rule-store.ts'
import type { DeviceTables } from './monitoring/device-store.ts'
import type { UseNoticeTables } from './monitoring/use-notice-store.ts'
import type { FlagTables } from './monitoring/flag-tables.ts'
import type { PagingTables } from './monitoring/paging-store.ts'
import type { PassTables } from './filtering/pass-tables.ts'

/** Every table's row type, at a glance: each domain lists its own. */
export interface Database
  extends PlatformTables,
    AssuranceTables,
    PeopleTables,
    DutiesTables,
    CaseTables,
    ReportTables,
    BriefingTables,
    PoliciesTables,
    FilteringTables,
    PassTables,
    ActivityTables,
    MonitoringTables,
    UseNoticeTables,
    FlagTables,
    ConcernRuleTables,
    PagingTables,
    DeviceTables {}
