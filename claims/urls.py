from django.urls import path

from claims.views import ClaimList, RewardClaim, RewardGive

urlpatterns = [
    path("claims", ClaimList.as_view(), name="claims"),
    path("rewards/<str:reward>/claim", RewardClaim.as_view(), name="reward-claim"),
    path("rewards/<str:reward>/give", RewardGive.as_view(), name="reward-give"),
]
