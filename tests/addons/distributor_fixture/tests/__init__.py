from . import test_distributor_fixture
