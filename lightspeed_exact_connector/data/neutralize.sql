-- A copy of a database never talks to live systems: secrets go, links stop.
DELETE FROM exact_token;
DELETE FROM exact_token_call;

DELETE FROM lightspeed_exact_secret;

UPDATE lightspeed_shop
   SET use_webhooks = FALSE,
       webhook_key = NULL,
       state = 'draft';

UPDATE lightspeed_exact_link
   SET state = 'paused'
 WHERE state = 'running';

UPDATE exact_administration
   SET use_webhooks = FALSE,
       webhook_key = NULL;

DELETE FROM exact_webhook;

DELETE FROM lightspeed_shop_webhook;

DELETE FROM lightspeed_exact_hint;

DELETE FROM lightspeed_exact_claim;

UPDATE lightspeed_exact_invitation
   SET state = 'closed',
       digest = NULL,
       exact_nonce = NULL;
