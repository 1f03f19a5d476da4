-- ZenaManage's tables. Types that the two databases call differently stand as words in capitals; see database.py.
CREATE TABLE tenants (
    id ULID NOT NULL PRIMARY KEY,
    slug VARCHAR(64) NOT NULL UNIQUE,
    name VARCHAR(120) NOT NULL,
    is_active FLAG NOT NULL DEFAULT 1,
    created_at MOMENT NOT NULL
);

CREATE TABLE users (
    id ULID NOT NULL PRIMARY KEY,
    tenant_id ULID NULL REFERENCES tenants (id),
    name VARCHAR(120) NOT NULL,
    email VARCHAR(190) NOT NULL UNIQUE,
    password VARCHAR(255) NOT NULL,
    is_active FLAG NOT NULL DEFAULT 1,
    locked_until MOMENT NULL,
    failed_logins INT NOT NULL DEFAULT 0,
    email_verified_at MOMENT NULL,
    created_at MOMENT NOT NULL
);
CREATE INDEX users_tenant_id_index ON users (tenant_id);

CREATE TABLE projects (
    id ULID NOT NULL PRIMARY KEY,
    tenant_id ULID NOT NULL,
    name VARCHAR(120) NOT NULL,
    status VARCHAR(16) NOT NULL,
    owner_id ULID NOT NULL,
    created_at MOMENT NOT NULL,
    updated_at MOMENT NOT NULL
);
CREATE INDEX projects_tenant_id_index ON projects (tenant_id);
CREATE INDEX projects_tenant_id_status_index ON projects (tenant_id, status);
ALTER TABLE projects ADD CONSTRAINT projects_tenant_id_foreign FOREIGN KEY (tenant_id) REFERENCES tenants (id);

CREATE TABLE tasks (
    id ULID NOT NULL PRIMARY KEY,
    tenant_id ULID NOT NULL,
    project_id ULID NOT NULL,
    assignee_id ULID NULL,
    title VARCHAR(160) NOT NULL,
    status VARCHAR(16) NOT NULL,
    created_at MOMENT NOT NULL,
    updated_at MOMENT NOT NULL
);
CREATE INDEX tasks_tenant_id_status_index ON tasks (tenant_id, status);
CREATE INDEX tasks_project_id_index ON tasks (project_id);
ALTER TABLE tasks ADD CONSTRAINT tasks_project_id_foreign FOREIGN KEY (project_id) REFERENCES projects (id);

CREATE TABLE project_members (
    project_id ULID NOT NULL,
    user_id ULID NOT NULL,
    PRIMARY KEY (project_id, user_id)
);
ALTER TABLE project_members ADD CONSTRAINT project_members_project_id_foreign
    FOREIGN KEY (project_id) REFERENCES projects (id);
CREATE INDEX project_members_user_id_index ON project_members (user_id);
ALTER TABLE project_members ADD CONSTRAINT project_members_user_id_foreign
    FOREIGN KEY (user_id) REFERENCES users (id);

CREATE TABLE personal_access_tokens (
    id SERIAL_KEY,
    tokenable_id ULID NOT NULL,
    name VARCHAR(120) NOT NULL,
    token CHAR(64) NOT NULL UNIQUE,
    last_used_at MOMENT NULL,
    expires_at MOMENT NULL,
    created_at MOMENT NOT NULL
);
CREATE INDEX personal_access_tokens_tokenable_id_index ON personal_access_tokens (tokenable_id);

CREATE TABLE failed_jobs (
    id SERIAL_KEY,
    uuid VARCHAR(36) NOT NULL UNIQUE,
    connection TEXT NOT NULL,
    queue TEXT NOT NULL,
    payload LONG_TEXT NOT NULL,
    exception LONG_TEXT NOT NULL,
    failed_at MOMENT NOT NULL
);

CREATE TABLE jobs (
    id SERIAL_KEY,
    queue VARCHAR(64) NOT NULL,
    payload LONG_TEXT NOT NULL,
    attempts SMALLINT NOT NULL,
    reserved_at BIGINT NULL,
    available_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX jobs_queue_index ON jobs (queue);

CREATE TABLE audit_logs (
    id SERIAL_KEY,
    tenant_id ULID NULL,
    user_id ULID NULL,
    action VARCHAR(64) NOT NULL,
    subject_type VARCHAR(32) NOT NULL,
    subject_id ULID NOT NULL,
    subject_tenant_id ULID NOT NULL,
    created_at MOMENT NOT NULL
);
CREATE INDEX audit_logs_created_at_index ON audit_logs (created_at)
