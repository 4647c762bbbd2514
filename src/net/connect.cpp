#include "net/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "net/one_shot.h"

namespace hubwarden::net {
namespace {

using StreamResult = Result<std::unique_ptr<Stream>>;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};
using Addresses = std::vector<Address>;

using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

// Ends a descriptor's waits at its time.
class Cutoff {
 public:
  Cutoff(Timers& timers, Descriptor& descriptor, SteadyPoint when)
      : timers_(timers),
        ticket_(timers.call_at(descriptor.executor(), when, [&descriptor] { descriptor.cancel(); })) {}
  Cutoff(const Cutoff&) = delete;
  Cutoff& operator=(const Cutoff&) = delete;
  ~Cutoff() { timers_.cancel(ticket_); }

 private:
  Timers& timers_;
  Timers::Ticket ticket_;
};

std::unexpected<Error> cannot(const Endpoint& endpoint, const std::string& why) {
  return fail(ErrorCode::kUnavailable, "cannot connect to " + endpoint.text() + ": " + why);
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

Addresses addresses_in(const Resolver::results_type& found) {
  Addresses addresses;
  for (const auto& entry : found) {
    const auto endpoint = entry.endpoint();
    Address address;
    address.size = static_cast<socklen_t>(endpoint.size());
    std::memcpy(&address.storage, endpoint.data(), address.size);
    addresses.push_back(address);
  }
  return addresses;
}

Result<Addresses> unix_address(const Endpoint& endpoint) {
  Address address;
  auto& name = reinterpret_cast<sockaddr_un&>(address.storage);
  if (endpoint.host().size() >= sizeof name.sun_path) return cannot(endpoint, reason(ENAMETOOLONG));
  name.sun_family = AF_UNIX;
  endpoint.host().copy(name.sun_path, endpoint.host().size());
  address.size = sizeof name;
  return Addresses{address};
}

// By the system's resolver, on a thread of Asio's. When the time is over it goes on, and nobody listens.
Task<Result<Addresses>> look_up(const ConnectPlan& plan) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  auto resolver = std::make_shared<Resolver>(executor);
  auto answer = std::make_shared<OneShot<Result<Addresses>>>(executor);
  const auto done = [resolver, answer, endpoint = plan.endpoint](const boost::system::error_code& error,
                                                                 const Resolver::results_type& found) {
    if (error) {
      answer->set(cannot(endpoint, error.message()));
    } else {
      answer->set(addresses_in(found));
    }
  };
  resolver->async_resolve(plan.endpoint.host(), std::to_string(plan.endpoint.port()), done);
  auto waiting = answer->wait_until(plan.timers, plan.deadline);
  std::optional<Result<Addresses>> found = co_await std::move(waiting);
  if (!found) co_return cannot(plan.endpoint, "its address was not found in time");
  co_return std::move(*found);
}

// What the kernel says of a connection that it was making.
int outcome_of(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

UniqueFd make_socket(int family) {
  UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0 || family == AF_UNIX) return socket;
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  return socket;
}

Task<StreamResult> shake_hands(const ConnectPlan& plan, std::unique_ptr<Stream> stream) {
  for (;;) {
    const Transfer done = stream->handshake();
    if (done.state == Transfer::kSome) co_return stream;
    if (done.state != Transfer::kBlocked) {
      const std::string why = stream->why_failed();
      co_return cannot(plan.endpoint, "TLS: " + (why.empty() ? "the connection was closed" : why));
    }
    const bool ready = co_await stream->descriptor().wait(done.want);
    if (!ready) co_return cannot(plan.endpoint, "TLS: no answer in time");
  }
}

Task<StreamResult> try_address(const ConnectPlan& plan, Address address, SteadyPoint deadline) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  UniqueFd socket = make_socket(address.storage.ss_family);
  if (socket.get() < 0) co_return cannot(plan.endpoint, reason(errno));
  const int number = socket.get();
  const bool is_done = ::connect(number, reinterpret_cast<sockaddr*>(&address.storage), address.size) == 0;
  if (!is_done && errno != EINPROGRESS) co_return cannot(plan.endpoint, reason(errno));
  std::unique_ptr<Stream> stream =
      plan.tls ? plan.tls->make_stream(executor, std::move(socket), plan.endpoint.host())
               : make_plain_stream(executor, std::move(socket));
  if (stream == nullptr) co_return cannot(plan.endpoint, "TLS: not possible with that name");
  const Cutoff cutoff(plan.timers, stream->descriptor(), deadline);
  if (!is_done) {
    stream->descriptor().blocked(Want::kWrite);
    const bool ready = co_await stream->descriptor().wait(Want::kWrite);
    if (!ready) co_return cannot(plan.endpoint, reason(ETIMEDOUT));
    const int error = outcome_of(number);
    if (error != 0) co_return cannot(plan.endpoint, reason(error));
  }
  Task<StreamResult> shaking = shake_hands(plan, std::move(stream));
  StreamResult shaken = co_await std::move(shaking);
  co_return shaken;
}

}  // namespace

std::string Endpoint::text() const {
  if (is_unix()) return host_;
  const bool is_ipv6 = host_.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

Task<StreamResult> connect(ConnectPlan plan) {
  Result<Addresses> addresses = Addresses();
  if (plan.endpoint.is_unix()) {
    addresses = unix_address(plan.endpoint);
  } else {
    Task<Result<Addresses>> looking = look_up(plan);
    Result<Addresses> found = co_await std::move(looking);
    addresses = std::move(found);
  }
  if (!addresses) co_return std::unexpected(addresses.error());
  StreamResult last = cannot(plan.endpoint, "it has no address");
  for (std::size_t tried = 0; tried < addresses->size(); ++tried) {
    const SteadyPoint now = plan.clock.steady_now();
    const auto share = (plan.deadline - now) / static_cast<std::int64_t>(addresses->size() - tried);
    Task<StreamResult> trying = try_address(plan, (*addresses)[tried], now + share);
    StreamResult tried_one = co_await std::move(trying);
    last = std::move(tried_one);
    if (last) break;
  }
  co_return last;
}

}  // namespace hubwarden::net
