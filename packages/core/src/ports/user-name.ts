import type { UserKey } from './store.ts'

/** Names a user among those of all services, for maps. */
export const userName = ({ serviceSid, identity }: UserKey): string => `${serviceSid} ${identity}`
