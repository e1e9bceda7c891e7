-- AlterTable
ALTER TABLE "agent" ADD COLUMN     "is_present" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "offered_at" TIMESTAMPTZ(3),
ADD COLUMN     "seen_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "conversation" ADD COLUMN     "needs" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "offer_until" TIMESTAMPTZ(3),
ADD COLUMN     "passed_by" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "routed_at" TIMESTAMPTZ(3),
ADD COLUMN     "unanswered_at" TIMESTAMPTZ(3);

-- DropTable
DROP TABLE "department";

-- CreateTable
CREATE TABLE "routing" (
    "conversation_id" UUID NOT NULL,
    "body" TEXT NOT NULL,
    "chosen_path" TEXT,
    "state" TEXT NOT NULL,
    "wanted_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT,
    "decision" JSONB,

    CONSTRAINT "routing_pkey" PRIMARY KEY ("conversation_id")
);

-- CreateIndex
CREATE INDEX "routing_state_wanted_at_idx" ON "routing"("state", "wanted_at");

-- CreateIndex
CREATE INDEX "routing_decided_at_idx" ON "routing"("decided_at" DESC);

-- CreateIndex
CREATE INDEX "conversation_status_queued_at_id_idx" ON "conversation"("status", "queued_at", "id");

-- AddForeignKey
ALTER TABLE "routing" ADD CONSTRAINT "routing_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What was opened before there was routing stands where it was opened.
UPDATE "conversation" SET "routed_at" = "opened_at";
