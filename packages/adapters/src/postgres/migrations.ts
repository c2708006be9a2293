import type { Connection } from './connection.ts'

/*
 * Forward only: a migration that was released is never edited. What belongs to a conversation has keys that begin with its SID, what
 * belongs to a service begins with that (docs/postgresql.md says what can be spread over servers by what). Texts compare by their
 * bytes. There are no foreign keys: a removed conversation is swept in steps.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE services (
    sid text COLLATE "C" PRIMARY KEY,
    account_sid text COLLATE "C" NOT NULL,
    friendly_name text NOT NULL,
    default_service_role_sid text NOT NULL,
    default_conversation_role_sid text NOT NULL,
    default_creator_role_sid text NOT NULL,
    reachability_enabled boolean NOT NULL,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL
  );
  CREATE INDEX services_of_account ON services (account_sid, sid);

  CREATE TABLE accounts (
    sid text COLLATE "C" PRIMARY KEY,
    default_service_sid text,
    timer_inactive bigint,
    timer_closed bigint
  );

  CREATE TABLE roles (
    service_sid text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    type text NOT NULL,
    friendly_name text NOT NULL,
    permissions text NOT NULL,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    PRIMARY KEY (service_sid, sid)
  );

  CREATE TABLE users (
    service_sid text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    role_sid text COLLATE "C" NOT NULL,
    friendly_name text,
    attributes text NOT NULL,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (service_sid, identity)
  );
  CREATE UNIQUE INDEX users_by_sid ON users (service_sid, sid);

  CREATE TABLE user_events (
    service_sid text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    event text NOT NULL,
    PRIMARY KEY (service_sid, identity, revision)
  );

  CREATE TABLE departed_users (
    service_sid text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (service_sid, identity)
  );

  CREATE TABLE conversations (
    sid text COLLATE "C" PRIMARY KEY,
    service_sid text COLLATE "C" NOT NULL,
    unique_name text COLLATE "C",
    friendly_name text,
    attributes text NOT NULL,
    created_by text NOT NULL,
    state text NOT NULL,
    state_updated bigint NOT NULL,
    timer_inactive bigint,
    timer_closed bigint,
    timers_since bigint,
    due bigint,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    revision bigint NOT NULL,
    next_index bigint NOT NULL,
    messages_count bigint NOT NULL,
    participants_count bigint NOT NULL,
    non_chat_count bigint NOT NULL,
    last_message_index bigint,
    last_message_date bigint,
    activity bigint NOT NULL
  ) WITH (fillfactor = 70);
  CREATE INDEX conversations_by_date ON conversations (service_sid, date_created, sid);
  CREATE INDEX conversations_due ON conversations (due, sid) WHERE due IS NOT NULL;

  CREATE TABLE conversation_names (
    service_sid text COLLATE "C" NOT NULL,
    unique_name text COLLATE "C" NOT NULL,
    conversation_sid text COLLATE "C" NOT NULL,
    PRIMARY KEY (service_sid, unique_name)
  );
  CREATE UNIQUE INDEX names_of_conversation ON conversation_names (conversation_sid);

  CREATE TABLE conversation_events (
    conversation_sid text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    event text NOT NULL,
    PRIMARY KEY (conversation_sid, revision)
  );

  CREATE TABLE participants (
    conversation_sid text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    service_sid text COLLATE "C" NOT NULL,
    identity text COLLATE "C",
    role_sid text COLLATE "C",
    attributes text NOT NULL,
    notification_level text NOT NULL,
    last_read_message_index bigint,
    last_read_timestamp bigint,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    address text COLLATE "C",
    proxy_address text COLLATE "C",
    display_name text,
    email_level text,
    PRIMARY KEY (conversation_sid, sid)
  ) WITH (fillfactor = 80);
  CREATE UNIQUE INDEX participants_by_identity ON participants (conversation_sid, identity) WHERE identity IS NOT NULL;
  CREATE INDEX participants_of_user ON participants (service_sid, identity, conversation_sid) WHERE identity IS NOT NULL;
  CREATE INDEX participants_by_address ON participants (address, proxy_address) WHERE address IS NOT NULL;

  CREATE TABLE messages (
    conversation_sid text COLLATE "C" NOT NULL,
    idx bigint NOT NULL,
    revision bigint NOT NULL,
    author text COLLATE "C" NOT NULL,
    participant_sid text,
    body text,
    subject text,
    media text,
    attributes text NOT NULL,
    last_updated_by text,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    key text COLLATE "C",
    delivery text,
    removed boolean NOT NULL,
    PRIMARY KEY (conversation_sid, idx)
  );
  CREATE UNIQUE INDEX messages_by_key ON messages (conversation_sid, author, key) WHERE key IS NOT NULL;
  CREATE INDEX tombstones ON messages (conversation_sid, idx) WHERE removed;

  CREATE TABLE receipts (
    conversation_sid text COLLATE "C" NOT NULL,
    idx bigint NOT NULL,
    participant_sid text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    channel_message_sid text NOT NULL,
    status text NOT NULL,
    error_code bigint,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    PRIMARY KEY (conversation_sid, idx, participant_sid)
  );

  CREATE TABLE sweeps (conversation_sid text COLLATE "C" PRIMARY KEY);

  CREATE TABLE answers (
    owner text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    answer text NOT NULL,
    date_created bigint NOT NULL,
    expires bigint,
    PRIMARY KEY (owner, key)
  );
  CREATE INDEX answers_by_expiry ON answers (expires) WHERE expires IS NOT NULL;

  CREATE TABLE media (
    sid text COLLATE "C" PRIMARY KEY,
    service_sid text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    state text NOT NULL,
    size bigint NOT NULL,
    content_type text NOT NULL,
    filename text,
    category text NOT NULL,
    digest text NOT NULL,
    key text COLLATE "C",
    date_created bigint NOT NULL,
    conversation_sid text COLLATE "C",
    idx bigint
  );
  CREATE UNIQUE INDEX media_by_key ON media (service_sid, owner, key) WHERE key IS NOT NULL;
  CREATE INDEX media_by_conversation ON media (conversation_sid) WHERE conversation_sid IS NOT NULL;
  CREATE INDEX media_unsent ON media (service_sid, owner) WHERE state IN ('uploading', 'pending');
  CREATE INDEX media_waiting ON media (state, date_created) WHERE state <> 'sent';

  CREATE TABLE push_registrations (
    service_sid text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    channel_type text NOT NULL,
    registration_id text COLLATE "C" NOT NULL,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    PRIMARY KEY (service_sid, sid),
    UNIQUE (service_sid, channel_type, registration_id)
  );
  CREATE INDEX push_registrations_of_user ON push_registrations (service_sid, identity, date_updated);

  CREATE TABLE webhooks (
    sid text COLLATE "C" PRIMARY KEY,
    account_sid text COLLATE "C" NOT NULL,
    service_sid text COLLATE "C",
    conversation_sid text COLLATE "C",
    target text NOT NULL,
    pre_url text,
    post_url text,
    method text NOT NULL,
    filters text NOT NULL,
    triggers text NOT NULL,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL
  );
  CREATE INDEX webhooks_of_conversation ON webhooks (conversation_sid, sid) WHERE conversation_sid IS NOT NULL;

  CREATE TABLE hook_deliveries (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    webhook_sid text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    account_sid text NOT NULL,
    url text NOT NULL,
    method text NOT NULL,
    fields text NOT NULL,
    date_created bigint NOT NULL,
    attempts bigint NOT NULL,
    due bigint NOT NULL,
    dead boolean NOT NULL
  );
  CREATE INDEX hook_deliveries_waiting ON hook_deliveries (webhook_sid, subject, id) WHERE NOT dead;
  CREATE INDEX hook_deliveries_dead ON hook_deliveries (id) WHERE dead;

  CREATE TABLE notices (
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    about text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    noticed timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX notices_by_transaction ON notices (transaction);

  CREATE TABLE leases (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    token bigint NOT NULL,
    expires timestamptz NOT NULL
  );
  `,
  `
  ALTER TABLE services ADD COLUMN notifications text NOT NULL DEFAULT '{"logEnabled":false,"newMessage":{"enabled":false,"template":null,"sound":null,"badgeCountEnabled":false,"withMedia":{"enabled":false,"template":null}},"addedToConversation":{"enabled":false,"template":null,"sound":null},"removedFromConversation":{"enabled":false,"template":null,"sound":null}}';
  ALTER TABLE webhooks ADD COLUMN flow_sid text;
  ALTER TABLE participants ADD COLUMN projected_address text;

  ALTER TABLE messages ADD COLUMN sid text COLLATE "C";
  CREATE UNIQUE INDEX messages_by_sid ON messages (conversation_sid, sid) WHERE sid IS NOT NULL;

  CREATE TABLE push_credentials (
    account_sid text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    friendly_name text,
    secret text NOT NULL,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    PRIMARY KEY (account_sid, sid)
  );

  CREATE TABLE address_configurations (
    account_sid text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    type text NOT NULL,
    address text COLLATE "C" NOT NULL,
    address_country text,
    friendly_name text,
    auto_creation text NOT NULL,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    PRIMARY KEY (account_sid, sid),
    UNIQUE (account_sid, address)
  );
  `,
  `
  DROP INDEX hook_deliveries_waiting;
  DROP INDEX hook_deliveries_dead;
  ALTER TABLE hook_deliveries RENAME TO outbox;
  ALTER TABLE outbox ADD COLUMN kind text NOT NULL DEFAULT 'webhook';
  ALTER TABLE outbox RENAME COLUMN webhook_sid TO destination;
  ALTER TABLE outbox ADD COLUMN payload text NOT NULL DEFAULT '{}';
  UPDATE outbox SET payload = json_build_object('url', url, 'method', method, 'fields', fields::json)::text;
  ALTER TABLE outbox DROP COLUMN url, DROP COLUMN method, DROP COLUMN fields;
  CREATE INDEX outbox_waiting ON outbox (kind, destination, subject, id) WHERE NOT dead;
  CREATE INDEX outbox_dead ON outbox (id) WHERE dead;
  `,
  `
  ALTER TABLE conversations ADD COLUMN messaging_service_sid text;
  ALTER TABLE conversations ADD COLUMN email_address text;
  ALTER TABLE conversations ADD COLUMN email_name text;
  ALTER TABLE accounts ADD COLUMN default_messaging_service_sid text;
  CREATE INDEX users_by_own_sid ON users (sid);
  `,
  `
  CREATE TABLE opt_outs (
    account_sid text COLLATE "C" NOT NULL,
    proxy_address text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    date_created bigint NOT NULL,
    PRIMARY KEY (account_sid, proxy_address, address)
  );
  CREATE INDEX participants_non_chat ON participants (conversation_sid, sid) WHERE address IS NOT NULL;
  CREATE INDEX receipts_by_channel_sid ON receipts (channel_message_sid);
  `,
  `
  ALTER TABLE push_registrations ADD COLUMN credential_sid text COLLATE "C";
  `,
  `
  CREATE SEQUENCE lease_tokens;
  SELECT setval('lease_tokens', (SELECT coalesce(max(token), 1) FROM leases));
  `,
  `
  CREATE TABLE channel_parts (
    adapter text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    content text NOT NULL,
    date_created bigint NOT NULL,
    PRIMARY KEY (adapter, message, number)
  );
  `,
  `
  ALTER TABLE participants ADD COLUMN thread text;
  `,
  `
  CREATE TABLE opt_out_answers (
    account_sid text COLLATE "C" NOT NULL,
    proxy_address text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    date_created bigint NOT NULL,
    PRIMARY KEY (account_sid, proxy_address, address, word)
  );
  CREATE INDEX opt_out_answers_by_date ON opt_out_answers (date_created);
  `,
  `
  CREATE TABLE content_templates (
    account_sid text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    friendly_name text NOT NULL,
    language text NOT NULL,
    variables text NOT NULL,
    types text NOT NULL,
    approval text,
    date_created bigint NOT NULL,
    date_updated bigint NOT NULL,
    PRIMARY KEY (account_sid, sid)
  );
  ALTER TABLE messages ADD COLUMN content text;
  `,
]

/** @throws when a database is of another version than this program */
export async function checkVersion(connection: Connection): Promise<void> {
  const [made] = await connection.run("SELECT to_regclass('meta') IS NOT NULL AS made")
  if (!made?.made) throw new Error('unable to read the database: there is nothing of a server in it')
  const [row] = await connection.run("SELECT value FROM meta WHERE name = 'version'")
  const version = Number(row?.value ?? 0)
  if (version < MIGRATIONS.length) {
    throw new Error(
      `unable to read the database: it has version ${version}, this program ${MIGRATIONS.length}; start the server once`,
    )
  }
  if (version > MIGRATIONS.length) {
    throw new Error(`unable to read the database: it has version ${version}, this program knows ${MIGRATIONS.length}`)
  }
}

/** Nodes that start at once migrate one after another; each schema has its own turn. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('conversa ' || current_schema(), 0))"

/**
 * Brings a database to the newest version, and tells the name of its life.
 *
 * @param newEpoch names the life of a database that is new
 * @throws when the database was written by a newer program
 */
export async function migrate(connection: Connection, newEpoch: () => string): Promise<string> {
  await connection.run('BEGIN')
  try {
    await connection.run(LOCK)
    await connection.run('CREATE TABLE IF NOT EXISTS meta (name text COLLATE "C" PRIMARY KEY, value text NOT NULL)')
    const rows = await connection.run("SELECT name, value FROM meta WHERE name IN ('version', 'epoch')")
    const known = Object.fromEntries(rows.map(({ name, value }) => [name, value])) as { version?: string; epoch?: string }
    const version = Number(known.version ?? 0)
    if (version > MIGRATIONS.length) {
      throw new Error(
        `unable to open the database: it has version ${version}, this program knows ${MIGRATIONS.length}; use a newer program`,
      )
    }
    for (const statements of MIGRATIONS.slice(version)) await connection.run(statements)
    const epoch = known.epoch ?? newEpoch()
    if (version < MIGRATIONS.length) {
      await connection.run(
        `INSERT INTO meta (name, value) VALUES ('version', '${MIGRATIONS.length}'), ('epoch', '${epoch}')
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      )
    }
    await connection.run('COMMIT')
    return epoch
  } catch (error) {
    await connection.run('ROLLBACK')
    throw error
  }
}
