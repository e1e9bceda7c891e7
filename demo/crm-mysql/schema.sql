-- The CRM as a PHP shop keeps it, in MySQL or MariaDB. The hub reads these columns and no others.
--
-- Dates are local times (`timeZone` of the backend's settings). `reg_time` may also be a number: Unix seconds, as older versions have it.
-- The charset of the tables may be any that the server converts. Where they say latin1 (or are in UTF-8, but were filled over a connection that
-- said latin1) and really hold the bytes of another charset, `options.storedCharset` says which.

CREATE TABLE ecs_user_rank (
  rank_id tinyint unsigned NOT NULL AUTO_INCREMENT,
  rank_name varchar(30) NOT NULL DEFAULT '',
  PRIMARY KEY (rank_id)
);

CREATE TABLE ecs_users (
  user_id mediumint unsigned NOT NULL AUTO_INCREMENT,
  -- The customer's number, which the other systems know: printable ASCII.
  user_sn varchar(64) CHARACTER SET ascii NOT NULL,
  user_name varchar(60) NOT NULL DEFAULT '',
  email varchar(60) NOT NULL DEFAULT '',
  mobile_phone varchar(20) DEFAULT NULL,
  user_rank tinyint unsigned NOT NULL DEFAULT 0,
  reg_time datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  is_deleted tinyint NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id),
  UNIQUE KEY user_sn (user_sn)
);

CREATE TABLE ecs_user_note (
  note_id int unsigned NOT NULL AUTO_INCREMENT,
  user_id mediumint unsigned NOT NULL,
  content text NOT NULL,
  admin_name varchar(60) NOT NULL DEFAULT '',
  add_time datetime NOT NULL,
  PRIMARY KEY (note_id),
  KEY user_id (user_id)
);
