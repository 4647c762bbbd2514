#pragma once

// Parts of rules as a person would write them, in one form: equal parts, equal texts. Pure.
//
//   text_of(rule.who)      // "issuer cluster-a, namespace agents, service_account review-* or triage-*"
//   text_of(limits)        // "concurrent 8, requests 500/h, bytes 100MiB"; "" without any

#include <string>
#include <vector>

#include "rules/decision.h"
#include "rules/rule.h"

namespace hubwarden::rules {

std::string text_of(const Who& who);
std::string text_of(const Who::Condition& condition);  // "namespace agents or tests"
std::string text_of(const Limits& limits);
std::string text_of(const Consent& consent);     // "of maintainers within 5m"
std::string text_of(const SessionTerms& terms);  // "ttl 15m, agent {service_account}, tenant acme"
std::string text_of(const Wanted& wanted);       // "issues/create", "a token of contents:read"
// Those with `!` behind the others.
std::vector<std::string> texts_of(const RepositoryPatterns& repositories);

// "a, b and c"; of more than `most` the first, and how many more.
std::string listed(const std::vector<std::string>& texts, std::size_t most);

}  // namespace hubwarden::rules
