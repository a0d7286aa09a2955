#include "access/session.h"

namespace wattback::access {

const store::Codec<Session>& sessions_codec() {
  static const store::Codec<Session> codec(
      sessions_collection,
      {store::field<&Session::session_id>("session_id"), store::field<&Session::user_id>("user_id"),
       store::field<&Session::secret_digest>("secret_digest"),
       store::field<&Session::password_digest>("password_digest"),
       store::field<&Session::device>("device"), store::field<&Session::created_at>("created_at"),
       store::field<&Session::expires_at>("expires_at"),
       store::field<&Session::ended_at>("ended_at"), store::field<&Session::version>("version")});
  return codec;
}

store::Key key(const SessionId& id) {
  return {.collection = sessions_collection, .values = {id.uuid}};
}

Digest password_digest(const users::User& user) { return sha256(user.password); }

bool holds(const Session& session, const users::User& user, Instant now) {
  return session.user_id == user.user_id && !session.ended_at && now < session.expires_at &&
         session.password_digest == password_digest(user);
}

}  // namespace wattback::access
