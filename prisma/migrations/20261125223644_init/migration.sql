-- CreateTable
CREATE TABLE "department" (
    "path" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "department_pkey" PRIMARY KEY ("path")
);

-- CreateTable
CREATE TABLE "agent" (
    "id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "departments" TEXT[],
    "availability" TEXT NOT NULL DEFAULT 'ONLINE',
    "capacity" INTEGER NOT NULL DEFAULT 5,
    "token_at" BIGINT NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "visitor" (
    "id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "verified" BOOLEAN NOT NULL,
    "customer_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "visitor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "conversation" (
    "id" UUID NOT NULL,
    "subject" TEXT,
    "status" TEXT NOT NULL,
    "department_path" TEXT NOT NULL,
    "agent_id" TEXT,
    "agent_name" TEXT,
    "offered_to" TEXT,
    "visitor_id" TEXT NOT NULL,
    "visitor_name" TEXT NOT NULL,
    "visitor_verified" BOOLEAN NOT NULL,
    "customer_id" TEXT,
    "order_id" TEXT,
    "labels" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "activity_at" TIMESTAMPTZ(3) NOT NULL,
    "public_activity_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "position" INTEGER NOT NULL,
    "public_position" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "rating_score" INTEGER,
    "rating_comment" TEXT,
    "start_client_message_id" TEXT NOT NULL,
    "start_fingerprint" TEXT NOT NULL,

    CONSTRAINT "conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "ordinal" BIGINT NOT NULL,
    "conversation_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "public_position" INTEGER NOT NULL,
    "is_public" BOOLEAN NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "content" JSONB NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("ordinal")
);

-- CreateTable
CREATE TABLE "message" (
    "conversation_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "public_position" INTEGER NOT NULL,
    "seq" INTEGER,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "author_kind" TEXT NOT NULL,
    "author_id" TEXT NOT NULL,
    "author_name" TEXT NOT NULL,
    "client_message_id" TEXT,
    "body" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "message_pkey" PRIMARY KEY ("conversation_id","position")
);

-- CreateTable
CREATE TABLE "read_mark" (
    "conversation_id" UUID NOT NULL,
    "participant_kind" TEXT NOT NULL,
    "participant_id" TEXT NOT NULL,
    "participant_name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "public_position" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "read_mark_pkey" PRIMARY KEY ("conversation_id","participant_kind","participant_id")
);

-- CreateTable
CREATE TABLE "canned_reply" (
    "id" UUID NOT NULL,
    "shortcut" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "department_path" TEXT,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "canned_reply_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feed" (
    "id" INTEGER NOT NULL,
    "last" BIGINT NOT NULL,

    CONSTRAINT "feed_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "first" BIGINT NOT NULL,
    "last" BIGINT NOT NULL,
    "instance" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "caller_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "conversation_id" UUID NOT NULL,
    "action" TEXT NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "conversation_activity_at_id_idx" ON "conversation"("activity_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "conversation_department_path_activity_at_id_idx" ON "conversation"("department_path", "activity_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "conversation_agent_id_activity_at_id_idx" ON "conversation"("agent_id", "activity_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "conversation_offered_to_idx" ON "conversation"("offered_to");

-- CreateIndex
CREATE INDEX "conversation_visitor_id_public_activity_at_id_idx" ON "conversation"("visitor_id", "public_activity_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "conversation_customer_id_activity_at_id_idx" ON "conversation"("customer_id", "activity_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "conversation_department_path_status_queued_at_id_idx" ON "conversation"("department_path", "status", "queued_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "conversation_visitor_id_start_client_message_id_key" ON "conversation"("visitor_id", "start_client_message_id");

-- CreateIndex
CREATE UNIQUE INDEX "event_conversation_id_position_key" ON "event"("conversation_id", "position");

-- CreateIndex
CREATE UNIQUE INDEX "message_conversation_id_author_kind_author_id_client_messag_key" ON "message"("conversation_id", "author_kind", "author_id", "client_message_id");

-- CreateIndex
CREATE UNIQUE INDEX "message_conversation_id_seq_key" ON "message"("conversation_id", "seq");

-- CreateIndex
CREATE INDEX "canned_reply_department_path_idx" ON "canned_reply"("department_path");

-- CreateIndex
CREATE UNIQUE INDEX "canned_reply_shortcut_department_path_key" ON "canned_reply"("shortcut", "department_path");

-- CreateIndex
CREATE INDEX "audit_conversation_id_at_idx" ON "audit"("conversation_id", "at");

-- CreateIndex
CREATE INDEX "audit_caller_id_at_idx" ON "audit"("caller_id", "at");

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "message" ADD CONSTRAINT "message_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "read_mark" ADD CONSTRAINT "read_mark_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The one row of the feed, which whoever writes events takes and holds.
INSERT INTO "feed" ("id", "last") VALUES (1, 0);
