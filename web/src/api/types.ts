// Names of the manager's request and answer types. schema.d.ts is generated
// from openapi.json by `npm run generate`.

import type { components } from "./schema";

type S = components["schemas"];

export type Alert = S["Alert"];
export type AlertChange = S["AlertChange"];
export type AlertDetail = S["AlertDetail"];
export type AlertEntry = S["AlertEntry"];
export type AlertGroup = S["AlertGroup"];
export type AlertGroups = S["AlertGroups"];
export type AlertList = S["AlertList"];
export type AlertResponse = S["AlertResponse"];
export type Bucket = S["Bucket"];
export type Completeness = S["Completeness"];
export type CountAnswer = S["CountAnswer"];
export type EventDetail = S["EventDetail"];
export type EventList = S["EventList"];
export type FieldList = S["FieldList"];
export type Gap = S["Gap"];
export type GroupList = S["GroupList"];
export type Histogram = S["Histogram"];
export type Host = S["Host"];
export type HostList = S["HostList"];
export type Interval = S["Interval"];
export type Key = S["Key"];
export type KeyList = S["KeyList"];
export type CreatedKey = S["CreatedKey"];
export type LevelCounts = S["LevelCounts"];
export type Overview = S["Overview"];
export type Policy = S["Policy"];
export type PolicyVersions = S["PolicyVersions"];
export type IOC = S["IOC"];
export type IOCChanged = S["IOCChanged"];
export type IOCHit = S["IOCHit"];
export type IOCList = S["IOCList"];
export type IOCRemoval = S["IOCRemoval"];
export type IOCTested = S["IOCTested"];
export type Rule = S["Rule"];
export type RuleChange = S["RuleChange"];
export type RuleChanged = S["RuleChanged"];
export type RuleDetail = S["RuleDetail"];
export type RuleLint = S["RuleLint"];
export type RuleList = S["RuleList"];
export type RuleProblem = S["RuleProblem"];
export type RuleVersions = S["RuleVersions"];
export type Session = S["Session"];
export type StreamMessage = S["StreamMessage"];
export type TaskAnswer = S["TaskAnswer"];
export type TaskList = S["TaskList"];
export type TaskPreview = S["TaskPreview"];
export type Timeline = S["Timeline"];
export type Token = S["Token"];
export type TokenList = S["TokenList"];
export type CreatedToken = S["CreatedToken"];
export type Track = S["Track"];
export type TrackList = S["TrackList"];
export type Tree = S["Tree"];
export type TreeNode = S["TreeNode"];
export type User = S["User"];
export type UserList = S["UserList"];
export type CreatedUser = S["CreatedUser"];
export type ValueList = S["ValueList"];

export type Level = Alert["level"];
export type Status = Alert["status"];

/** Event is nested ECS; read it with event/read.ts. */
export type Event = Record<string, unknown>;

/** levels, the most severe first */
export const levels: readonly Level[] = ["critical", "high", "medium", "low", "informational"];
