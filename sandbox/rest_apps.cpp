#include "sandbox/rest_apps.h"

#include <boost/json/array.hpp>
#include <chrono>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/mint.h"
#include "sandbox/pages.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kRemovalAnswers202Since = "2026-03-10";
constexpr std::string_view kFormatHeader = "X-GitHub-Stateless-S2S-Token";

// The installation named in the path, if it belongs to the calling App.
Installation* named_installation(const Context& context) {
  const auto id = parse_number<std::uint64_t>(context.exchange.parameters.find("installation_id")->second);
  Installation* found = id ? context.state.world.installation(InstallationId(*id)) : nullptr;
  return found && found->app == context.exchange.app ? found : nullptr;
}

http::Response with_link(const Context& context, http::Response answer, const Page& page,
                         std::string_view path) {
  if (auto link = link_header(context.exchange.call, page, context.state.urls.api + std::string(path))) {
    answer.fields().set("Link", *link);
  }
  return answer;
}

TokenFormat format_of(const Context& context) {
  const auto wish = context.exchange.call.header(kFormatHeader);
  if (wish == "enabled") return TokenFormat::kStateless;
  if (wish == "disabled") return TokenFormat::kClassic;
  return context.state.settings.token_format;
}

struct Issued {
  Token token;
  Secret text;
  TimePoint shown_expiry;
};

// GitHub shows whole seconds, and keeps to what it shows.
Issued issue(const Context& context, const Installation& installation, MintGrant grant) {
  State& state = context.state;
  const TimePoint now = context.exchange.now;
  const auto lifetime = std::chrono::duration_cast<TimePoint::duration>(state.settings.token_lifetime);
  const TimePoint shown = std::chrono::floor<std::chrono::seconds>(state.shown(now)) + lifetime;
  std::string text = format_of(context) == TokenFormat::kStateless
                         ? stateless_token(installation.app, installation.id, shown, context.random)
                         : classic_token(context.random);
  Token token{.number = state.tokens.next_number(),
              .hashed = hashed_token(text),
              .installation = installation.id,
              .app = installation.app,
              .repositories = std::move(grant.repositories),
              .permissions = std::move(grant.permissions),
              .issued_at = now,
              .expires_at = now + (shown - state.shown(now))};
  const Token& kept = state.tokens.add(std::move(token));
  state.records.minted(kept, now);
  return Issued{kept, Secret::absorb(text), shown};
}

json::object render_token(const Context& context, const Issued& issued, const Installation& installation) {
  json::object body{{"token", issued.text.reveal()},
                    {"expires_at", rfc3339(issued.shown_expiry)},
                    {"permissions", render(issued.token.permissions)}};
  if (!issued.token.repositories) {
    body["repository_selection"] = installation.all_repositories ? "all" : "selected";
    return body;
  }
  body["repository_selection"] = "selected";
  json::array repositories;
  for (const RepositoryId id : *issued.token.repositories) {
    repositories.push_back(context.render().repository(*context.state.world.repository(id)));
  }
  body["repositories"] = std::move(repositories);
  return body;
}

}  // namespace

Step get_app(Context context) {
  const App& app = *context.state.world.app(*context.exchange.app);
  std::size_t installations = 0;
  for (const auto& [id, one] : context.state.world.installations()) installations += one.app == app.id;
  json::object body = context.render().app(app);
  body["installations_count"] = installations;
  return json_answer(200, body);
}

Step list_installations(Context context) {
  const auto since_text = context.exchange.call.parameter("since");
  const auto since = since_text ? parse_rfc3339(*since_text) : std::nullopt;
  std::vector<const Installation*> mine;
  for (const auto& [id, one] : context.state.world.installations()) {
    if (one.app == context.exchange.app && (!since || one.updated_at >= *since)) mine.push_back(&one);
  }
  const Page page = page_of(context.exchange.call, mine.size());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i)
    body.push_back(context.render().installation(*mine[i]));
  return with_link(context, json_answer(200, body), page, "/app/installations");
}

Step get_installation(Context context) {
  const Installation* installation = named_installation(context);
  if (!installation) return context.exchange.not_found();
  return json_answer(200, context.render().installation(*installation));
}

Step delete_installation(Context context) {
  const Installation* installation = named_installation(context);
  if (!installation) return context.exchange.not_found();
  const bool queued = context.exchange.version >= kRemovalAnswers202Since;
  const InstallationId id = installation->id;
  if (!context.state.world.remove_installation(id)) return context.exchange.not_found();
  context.state.records.happened("installation_removed", {{"installation_id", id.value()}},
                                 context.exchange.now);
  return no_content(queued ? 202 : 204);
}

Step create_access_token(Context context) {
  const Installation* installation = named_installation(context);
  if (!installation) return context.exchange.not_found();
  if (installation->suspended_at) return context.exchange.refuse(403, "This installation has been suspended");
  const auto ask = parse_mint(context.exchange.call.body);
  if (!ask) return context.exchange.refuse(ask.error().status, ask.error().message);
  auto grant = decide_mint(*ask, *installation, context.state.world);
  if (!grant) return context.exchange.refuse(grant.error().status, grant.error().message);
  const Issued issued = issue(context, *installation, std::move(*grant));
  http::Response answer = json_answer(201, render_token(context, issued, *installation));
  // As recorded from GitHub, and a trap: a cache that goes by HTTP's rules would keep a credential.
  answer.fields().set("Cache-Control", "public, max-age=60, s-maxage=60");
  answer.fields().set("ETag", "\"" + hex(as_bytes(sha256(issued.token.hashed))) + "\"");
  return answer;
}

Step suspend_installation(Context context) {
  Installation* installation = named_installation(context);
  if (!installation) return context.exchange.not_found();
  if (!installation->suspended_at) installation->suspended_at = context.exchange.now;
  return no_content();
}

Step unsuspend_installation(Context context) {
  Installation* installation = named_installation(context);
  if (!installation) return context.exchange.not_found();
  installation->suspended_at.reset();
  return no_content();
}

Step get_account_installation(Context context) {
  const Parameters& parameters = context.exchange.parameters;
  const auto org = parameters.find("org");
  const Account* account = context.state.world.account(
      org != parameters.end() ? org->second : parameters.find("username")->second);
  if (!account || (org != parameters.end() && !account->is_organization)) return context.exchange.not_found();
  const Installation* found = context.state.world.installation_on(*context.exchange.app, account->id);
  if (!found) return context.exchange.not_found();
  return json_answer(200, context.render().installation(*found));
}

// Only a repository that the installation reaches is found at all.
Step get_repository_installation(Context context) {
  const Repository& repository = context.repository();
  const Installation* found = context.state.world.installation_on(*context.exchange.app, repository.owner);
  return json_answer(200, context.render().installation(*found));
}

Step list_installation_repositories(Context context) {
  const Access& access = *context.exchange.access;
  const World& world = context.state.world;
  const Installation& installation = *world.installation(access.token.installation);
  std::vector<const Repository*> reached = world.repositories_of(installation);
  std::erase_if(reached, [&](const Repository* one) { return !access.reaches(world, *one); });
  const Page page = page_of(context.exchange.call, reached.size());
  json::array repositories;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    repositories.push_back(context.render().repository(*reached[i]));
  }
  const bool narrowed = access.token.repositories || !installation.all_repositories;
  const json::object body{{"total_count", reached.size()},
                          {"repository_selection", narrowed ? "selected" : "all"},
                          {"repositories", std::move(repositories)}};
  return with_link(context, json_answer(200, body), page, "/installation/repositories");
}

Step revoke_token(Context context) {
  const Token& token = context.exchange.access->token;
  context.state.tokens.revoke(token.hashed);
  ++context.state.records.totals.tokens_revoked;
  context.state.records.happened("token_revoked", {{"hashed_token", token.hashed}}, context.exchange.now);
  return no_content();
}

}  // namespace hubwarden::sandbox
