#pragma once

// What a verified JWT says of its subject, as the attributes that rules speak of.
//
//   const policy::Attributes attributes = attributes_of(jwt);
//
// | claim                               | attribute                                                        |
// |-------------------------------------|------------------------------------------------------------------|
// | sub                                 | subject                                                          |
// | a text, a number, true or false     | its own name: repository, ref, environment, project_path …       |
// | a list of such                      | its own name, with several values: groups …                      |
// | members of an object                | the names joined by dots: google.compute_engine.instance_name …  |
// | kubernetes.io, of a service account | namespace, service_account, service_account_uid, pod, pod_uid,   |
// |                                     | node, node_uid                                                   |
//
// iss, aud and the times are not among them: they have been checked. Nor is what a claim calls `issuer` or
// `subject`, or like one of Kubernetes' where there are those: these names are hubwarden's.

#include "jwt/verified_jwt.h"
#include "policy/attributes.h"

namespace hubwarden::jwt {

policy::Attributes attributes_of(const VerifiedJwt& jwt);

}  // namespace hubwarden::jwt
