from . import remote_fixture_note, remote_fixture_peer, remote_fixture_receiver
