"""What happens to tokens when repositories are renamed and installations come and go."""

from support.sandbox import LOOK_UP
from support.waiting import until


def test_a_renamed_repository_is_found_under_both_names(running, sandbox):
    sandbox.rename("acme/widgets", "gizmos")
    old, new = running.token_for("acme/widgets"), running.token_for("acme/gizmos")
    assert (old.status, new.status) == (200, 200)
    for answer in (old, new):
        assert answer.body["repositories"] == ["acme/gizmos"]
        assert sandbox.rest("GET", "/repos/acme/gizmos", answer.body["token"]).status == 200


def test_a_rename_moves_nothing_that_was_resolved_before(running, sandbox):
    before = running.token_for("acme/widgets").body["token"]
    looked_up = sandbox.count(LOOK_UP)
    sandbox.rename("acme/widgets", "gizmos")
    assert running.token_for("acme/widgets").body["token"] == before
    assert sandbox.count(LOOK_UP) == looked_up
    # Another scope of it, so that there is a new mint: by the id, which the rename has left alone.
    answer = running.token_for("acme/widgets", permissions="issues:read")
    assert answer.body["repositories"] == ["acme/gizmos"]


def test_the_new_owner_of_an_old_name_gets_nothing_of_the_renamed_repository(running, sandbox):
    first = running.token_for("acme/widgets")
    sandbox.rename("acme/widgets", "gizmos")
    sandbox.create_repository("acme/widgets")
    for answer in (first, running.token_for("acme/widgets", permissions="contents:read,issues:read")):
        # The token is for the repository that the name meant when it was resolved, and for that alone.
        token = answer.body["token"]
        assert sandbox.rest("GET", "/repos/acme/gizmos/contents/README.md", token).status == 200
        assert sandbox.rest("GET", "/repos/acme/widgets/contents/README.md", token).status in (403, 404)


def test_git_follows_a_renamed_repository(workspace, sandbox):
    clone = workspace.clone()
    sandbox.rename("acme/widgets", "gizmos")
    for record in workspace.records():
        record.unlink()
    workspace.commit_and_push(clone)


def test_an_installation_that_was_made_anew_and_one_that_was_suspended_work_again(running, sandbox):
    sandbox.create_account("globex")
    sandbox.create_repository("globex/engines")
    other = sandbox.install("globex")
    for repository in ("acme/widgets", "globex/engines"):
        assert running.token_for(repository).status == 200

    sandbox.uninstall()
    sandbox.control("PATCH", f"/installations/{other}", {"suspended": True})
    gone = running.token_for("acme/widgets", permissions="issues:read").body
    held = running.token_for("globex/engines", permissions="issues:read").body
    assert (gone["error"], held["error"]) == ("app_not_installed", "installation_suspended")
    assert gone["retry_after"] <= 30 and held["retry_after"] <= 30

    sandbox.installation = sandbox.install("acme")
    sandbox.control("PATCH", f"/installations/{other}", {"suspended": False})
    for repository in ("acme/widgets", "globex/engines"):
        def works(repository=repository):
            answer = running.token_for(repository, permissions="issues:read")
            return answer.status == 200 and answer

        # A clear no is believed for half a minute.
        answer = until(works, f"a token for {repository}", patience=90, pause=0.5)
        assert sandbox.rest("GET", f"/repos/{repository}", answer.body["token"]).status == 200


def test_two_apps_on_one_host_never_share_a_token(broker, sandbox):
    sandbox.create_account("globex")
    sandbox.create_repository("globex/engines")
    other = sandbox.create_app("another", {"contents": "read"})
    sandbox.install("globex", app=other["id"])
    broker.configure(apps=[{"name": "another", "api_url": sandbox.url, "app_id": other["id"],
                            "private_key": f"file:{other['private_key_file']}"}])
    broker.start()
    ours, theirs = (broker.token_for(name).body["token"] for name in ("acme/widgets", "globex/engines"))
    assert ours != theirs
    assert sandbox.rest("GET", "/repos/acme/widgets", ours).status == 200
    assert sandbox.rest("GET", "/repos/globex/engines", ours).status == 404
    assert sandbox.rest("GET", "/repos/globex/engines", theirs).status == 200
    assert sandbox.rest("GET", "/repos/acme/widgets", theirs).status == 404
