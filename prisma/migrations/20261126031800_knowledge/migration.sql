-- CreateTable
CREATE TABLE "knowledge_source" (
    "name" TEXT NOT NULL,
    "marker" TEXT,
    "last_change" BIGINT NOT NULL DEFAULT 0,
    "synced_at" TIMESTAMPTZ(3),
    "swept_at" TIMESTAMPTZ(3),
    "failure_code" TEXT,
    "leased_by" TEXT,
    "leased_until" TIMESTAMPTZ(3),

    CONSTRAINT "knowledge_source_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "knowledge_article" (
    "source" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "change" BIGINT NOT NULL,
    "is_gone" BOOLEAN NOT NULL DEFAULT false,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "url" TEXT,
    "revision" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "author" TEXT,
    "tags" TEXT[],
    "place" TEXT NOT NULL,
    "is_restricted" BOOLEAN NOT NULL,
    "readers" TEXT[],

    CONSTRAINT "knowledge_article_pkey" PRIMARY KEY ("source","id")
);

-- CreateIndex
CREATE INDEX "knowledge_article_source_change_idx" ON "knowledge_article"("source", "change");
