import type { DatabaseSync } from 'node:sqlite'
import type { CheckedTables } from './damage/checked-tables.ts'
import { keepChecksums } from './damage/checksums.ts'
import { keepDefinitions } from './definitions.ts'

/** The tables that were there when rows got checksums. */
const FIRST_CHECKED = [
  'meta',
  'services',
  'roles',
  'users',
  'user_events',
  'conversations',
  'conversation_events',
  'participants',
  'messages',
  'sweeps',
  'answers',
  'media',
  'receipts',
  'push_registrations',
  'departed_users',
  'accounts',
  'webhooks',
  'push_credentials',
  'address_configurations',
  'outbox',
  'opt_outs',
  'channel_parts',
]

/*
 * Forward only: a migration that was released is never edited. `user_version` of the file says how many have run.
 *
 * Rows have checksums over all their columns, nulls at the end left out. So a column that is added begins as null in the rows that are there,
 * or the migration sets their checksums to null and names the table in `unchecked`; a new table has the column `checksum`.
 *
 * Rows are appended under small integer keys; SIDs and keys of sends are time-ordered, so that their indexes grow at the right
 * edge. Measured per send in groups of 64 and 1,000: appended with these two indexes 15 and 6 microseconds, clustered by
 * conversation and index 33 and 10.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE services (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL,
    default_service_role_sid TEXT NOT NULL,
    default_conversation_role_sid TEXT NOT NULL,
    default_creator_role_sid TEXT NOT NULL,
    reachability_enabled INTEGER NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE roles (
    sid TEXT PRIMARY KEY,
    service_sid TEXT NOT NULL,
    type TEXT NOT NULL,
    friendly_name TEXT NOT NULL,
    permissions TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX roles_of_service ON roles (service_sid);

  CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    service_sid TEXT NOT NULL,
    identity TEXT NOT NULL,
    role_sid TEXT NOT NULL,
    friendly_name TEXT,
    attributes TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (service_sid, identity)
  ) STRICT;

  CREATE TABLE user_events (
    user_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (user_id, revision)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL UNIQUE,
    service_sid TEXT NOT NULL,
    unique_name TEXT,
    friendly_name TEXT,
    attributes TEXT NOT NULL,
    created_by TEXT NOT NULL,
    state TEXT NOT NULL,
    state_updated INTEGER NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    next_index INTEGER NOT NULL,
    messages_count INTEGER NOT NULL,
    participants_count INTEGER NOT NULL,
    last_message_index INTEGER,
    last_message_date INTEGER,
    activity INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX conversations_by_name ON conversations (service_sid, unique_name) WHERE unique_name IS NOT NULL;

  CREATE TABLE conversation_events (
    conversation_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (conversation_id, revision)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE participants (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL,
    sid TEXT NOT NULL,
    user_id INTEGER,
    identity TEXT,
    role_sid TEXT,
    attributes TEXT NOT NULL,
    notification_level TEXT NOT NULL,
    last_read_message_index INTEGER,
    last_read_timestamp INTEGER,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (conversation_id, sid)
  ) STRICT;
  CREATE UNIQUE INDEX participants_by_user ON participants (user_id, conversation_id) WHERE user_id IS NOT NULL;

  CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    author TEXT NOT NULL,
    participant_sid TEXT,
    body TEXT,
    attributes TEXT NOT NULL,
    last_updated_by TEXT,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    key TEXT,
    removed INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX messages_by_index ON messages (conversation_id, idx);
  CREATE UNIQUE INDEX messages_by_key ON messages (key, conversation_id, author) WHERE key IS NOT NULL;
  CREATE INDEX tombstones ON messages (conversation_id, idx) WHERE removed = 1;

  CREATE TABLE sweeps (conversation_id INTEGER PRIMARY KEY) STRICT;

  CREATE TABLE answers (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX answers_by_date ON answers (date_created);
  `,
  `
  ALTER TABLE messages ADD COLUMN subject TEXT;
  ALTER TABLE messages ADD COLUMN media TEXT;

  CREATE TABLE media (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    service_sid TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    size INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    filename TEXT,
    category TEXT NOT NULL,
    digest TEXT NOT NULL,
    key TEXT,
    date_created INTEGER NOT NULL,
    conversation_id INTEGER,
    idx INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX media_by_key ON media (service_sid, owner, key) WHERE key IS NOT NULL;
  CREATE INDEX media_by_conversation ON media (conversation_id) WHERE conversation_id IS NOT NULL;
  CREATE INDEX media_unsent ON media (service_sid, owner) WHERE state IN ('uploading', 'pending');
  CREATE INDEX media_waiting ON media (state, date_created) WHERE state <> 'sent';
  `,
  `
  ALTER TABLE conversations ADD COLUMN non_chat_count INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE participants ADD COLUMN address TEXT;
  ALTER TABLE participants ADD COLUMN proxy_address TEXT;
  ALTER TABLE participants ADD COLUMN display_name TEXT;
  ALTER TABLE participants ADD COLUMN email_level TEXT;
  CREATE INDEX participants_by_address ON participants (address, proxy_address) WHERE address IS NOT NULL;
  ALTER TABLE messages ADD COLUMN delivery TEXT;

  CREATE TABLE receipts (
    conversation_id INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    participant_sid TEXT NOT NULL,
    sid TEXT NOT NULL,
    channel_message_sid TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code INTEGER,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, idx, participant_sid)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE push_registrations (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    service_sid TEXT NOT NULL,
    identity TEXT NOT NULL,
    channel_type TEXT NOT NULL,
    registration_id TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (service_sid, channel_type, registration_id)
  ) STRICT;
  CREATE INDEX push_registrations_of_user ON push_registrations (service_sid, identity, date_updated);
  `,
  `
  CREATE INDEX conversations_by_date ON conversations (service_sid, date_created, sid);
  CREATE INDEX users_by_sid ON users (service_sid, sid);
  CREATE TABLE departed_users (
    service_sid TEXT NOT NULL,
    identity TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (service_sid, identity)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE answers ADD COLUMN expires INTEGER;
  CREATE INDEX answers_by_expiry ON answers (expires) WHERE expires IS NOT NULL;
  `,
  `
  ALTER TABLE conversations ADD COLUMN timer_inactive INTEGER;
  ALTER TABLE conversations ADD COLUMN timer_closed INTEGER;
  ALTER TABLE conversations ADD COLUMN timers_since INTEGER;
  ALTER TABLE conversations ADD COLUMN due INTEGER;
  CREATE TABLE accounts (
    sid TEXT PRIMARY KEY,
    default_service_sid TEXT,
    timer_inactive INTEGER,
    timer_closed INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX conversations_due ON conversations (due, sid) WHERE due IS NOT NULL;
  `,
  `
  CREATE TABLE webhooks (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    service_sid TEXT,
    conversation_sid TEXT,
    target TEXT NOT NULL,
    pre_url TEXT,
    post_url TEXT,
    method TEXT NOT NULL,
    filters TEXT NOT NULL,
    triggers TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX webhooks_of_conversation ON webhooks (conversation_sid, sid) WHERE conversation_sid IS NOT NULL;
  CREATE TABLE hook_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    webhook_sid TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_sid TEXT NOT NULL,
    url TEXT NOT NULL,
    method TEXT NOT NULL,
    fields TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    dead INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX hook_deliveries_waiting ON hook_deliveries (webhook_sid, subject, id) WHERE dead = 0;
  CREATE INDEX hook_deliveries_dead ON hook_deliveries (id) WHERE dead = 1;
  `,
  `
  ALTER TABLE services ADD COLUMN notifications TEXT NOT NULL DEFAULT '{"logEnabled":false,"newMessage":{"enabled":false,"template":null,"sound":null,"badgeCountEnabled":false,"withMedia":{"enabled":false,"template":null}},"addedToConversation":{"enabled":false,"template":null,"sound":null},"removedFromConversation":{"enabled":false,"template":null,"sound":null}}';
  `,
  `
  CREATE TABLE push_credentials (
    account_sid TEXT NOT NULL,
    sid TEXT NOT NULL UNIQUE,
    friendly_name TEXT,
    secret TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    PRIMARY KEY (account_sid, sid)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE webhooks ADD COLUMN flow_sid TEXT;
  `,
  `
  ALTER TABLE messages ADD COLUMN sid TEXT;
  CREATE UNIQUE INDEX messages_by_sid ON messages (sid, conversation_id) WHERE sid IS NOT NULL;
  `,
  `
  CREATE TABLE address_configurations (
    account_sid TEXT NOT NULL,
    sid TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    address TEXT NOT NULL,
    address_country TEXT,
    friendly_name TEXT,
    auto_creation TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    PRIMARY KEY (account_sid, sid),
    UNIQUE (account_sid, address)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE participants ADD COLUMN projected_address TEXT;
  `,
  `
  DROP INDEX hook_deliveries_waiting;
  DROP INDEX hook_deliveries_dead;
  ALTER TABLE hook_deliveries RENAME TO outbox;
  ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'webhook';
  ALTER TABLE outbox RENAME COLUMN webhook_sid TO destination;
  ALTER TABLE outbox ADD COLUMN payload TEXT NOT NULL DEFAULT '{}';
  UPDATE outbox SET payload = json_object('url', url, 'method', method, 'fields', json(fields));
  ALTER TABLE outbox DROP COLUMN url;
  ALTER TABLE outbox DROP COLUMN method;
  ALTER TABLE outbox DROP COLUMN fields;
  CREATE INDEX outbox_waiting ON outbox (kind, destination, subject, id) WHERE dead = 0;
  CREATE INDEX outbox_dead ON outbox (id) WHERE dead = 1;
  `,
  `
  ALTER TABLE conversations ADD COLUMN messaging_service_sid TEXT;
  ALTER TABLE conversations ADD COLUMN email_address TEXT;
  ALTER TABLE conversations ADD COLUMN email_name TEXT;
  ALTER TABLE accounts ADD COLUMN default_messaging_service_sid TEXT;
  `,
  `
  CREATE TABLE opt_outs (
    account_sid TEXT NOT NULL,
    proxy_address TEXT NOT NULL,
    address TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    PRIMARY KEY (account_sid, proxy_address, address)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX participants_non_chat ON participants (conversation_id, sid) WHERE address IS NOT NULL;
  CREATE INDEX receipts_by_channel_sid ON receipts (channel_message_sid);
  `,
  `
  ALTER TABLE push_registrations ADD COLUMN credential_sid TEXT;
  `,
  `
  CREATE TABLE channel_parts (
    adapter TEXT NOT NULL,
    message TEXT NOT NULL,
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    PRIMARY KEY (adapter, message, number)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE unchecked (name TEXT PRIMARY KEY, after TEXT, checksum INTEGER) STRICT, WITHOUT ROWID;
  ${FIRST_CHECKED.map(
    (name) => `ALTER TABLE ${name} ADD COLUMN checksum INTEGER;
      INSERT INTO unchecked (name) SELECT '${name}' WHERE EXISTS (SELECT 1 FROM ${name});`,
  ).join('\n')}
  `,
  `
  ALTER TABLE participants ADD COLUMN thread TEXT;
  `,
  `
  CREATE TABLE opt_out_answers (
    account_sid TEXT NOT NULL,
    proxy_address TEXT NOT NULL,
    address TEXT NOT NULL,
    word TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    checksum INTEGER,
    PRIMARY KEY (account_sid, proxy_address, address, word)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX opt_out_answers_by_date ON opt_out_answers (date_created);
  `,
  `
  CREATE TABLE content_templates (
    account_sid TEXT NOT NULL,
    sid TEXT NOT NULL UNIQUE,
    friendly_name TEXT NOT NULL,
    language TEXT NOT NULL,
    variables TEXT NOT NULL,
    types TEXT NOT NULL,
    approval TEXT,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    checksum INTEGER,
    PRIMARY KEY (account_sid, sid)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE messages ADD COLUMN content TEXT;
  `,
]

/** The version that this program writes. */
export const NEWEST_VERSION = MIGRATIONS.length

/** The version that a database has; 0 for a new one. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

/**
 * Brings a database to the newest version, and lets the connection keep the checksums of what it writes.
 *
 * @param newEpoch names the life of a database that is new
 * @param except tables of which whoever writes to them gives the checksums
 * @returns its checked tables
 * @throws when the file was written by a newer program
 */
export function migrate(database: DatabaseSync, newEpoch: () => string, except: readonly string[] = []): CheckedTables {
  const version = versionOf(database)
  if (version > MIGRATIONS.length) {
    throw new Error(
      `unable to open the database: it has version ${version}, this program knows ${MIGRATIONS.length}; use a newer program`,
    )
  }
  if (version < MIGRATIONS.length) upgrade(database, version, newEpoch)
  return keepChecksums(database, except)
}

function upgrade(database: DatabaseSync, version: number, newEpoch: () => string): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const statement of MIGRATIONS.slice(version)) database.exec(statement)
    keepChecksums(database)
    if (version === 0) database.prepare("INSERT INTO meta (name, value) VALUES ('epoch', ?)").run(newEpoch())
    keepDefinitions(database)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
